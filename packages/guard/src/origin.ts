const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost'])

/**
 * Whether a value is an origin that browsers and clients reach over a protected connection, as a URL parser writes it:
 * `https:`, or `http:` on the loopback hosts `127.0.0.1`, `[::1]` and `localhost`, with nothing after the port. Does not
 * resolve the host.
 */
export function isOrigin(value: unknown): value is string {
  return (
    typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value && isProtected(new URL(value))
  )
}

/** Whether the connection to a URL is protected from the network: `https:`, or `http:` on a loopback host. */
export function isProtected({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname))
}
