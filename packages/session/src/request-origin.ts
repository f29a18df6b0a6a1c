import type { FastifyRequest } from 'fastify'

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Whether a request may change something on the strength of a cookie that the browser sends by itself: it comes from a page
 * of this origin, or of nobody's, as the browser says, or it changes nothing. A browser that does not say gives at least
 * the `Origin`. Opening a WebSocket is a GET that leads to more, and counts as a change.
 *
 * @param origin - this server's, as configured; without it only what browsers say in `Sec-Fetch-Site` counts
 * @see [Fetch Metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)
 */
export function isOwnRequest({ method, headers }: FastifyRequest, origin: string | undefined): boolean {
  if (SAFE_METHODS.has(method) && headers.upgrade === undefined) return true
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  return origin !== undefined && headers.origin === origin
}
