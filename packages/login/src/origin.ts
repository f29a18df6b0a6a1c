const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** Whether a value is the origin of this server for browsers: https, or http on a loopback host, and nothing behind it. */
export function isOrigin(value: unknown): value is string {
  if (typeof value !== 'string' || !URL.canParse(value)) return false
  const { origin, protocol, hostname } = new URL(value)
  return origin === value && (protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname)))
}
