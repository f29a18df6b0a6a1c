const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost'])

/**
 * Whether a value is the origin of a server that browsers and clients reach safely, as a URL parser writes it: `https:`, or
 * `http:` on the loopback hosts `127.0.0.1`, `[::1]` and `localhost`, and nothing behind it. Does not resolve the host.
 */
export function isOrigin(value: unknown): value is string {
  return (
    typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value && isProtected(new URL(value))
  )
}

/** Whether nobody on the network can read or change what a URL transports: `https:`, or `http:` on a loopback host. */
export function isProtected({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname))
}
