import { parseUrl } from '@latchkey/options'
import type { FastifyRequest } from 'fastify'
import type { Authenticator } from './authenticator.ts'
import { CrossSiteRequestError } from './errors.ts'
import type { Refusal } from './refusal.ts'

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The page that made a request: of this server, of the host that the request is for, of another origin, or unknown. */
type Source = 'own' | 'host' | 'other' | 'unknown'

/** Distinguishes requests that pages of other origins make from those of this server's own pages and of programs. */
export interface CrossOrigin {
  /** Takes the origins of this server from the current authenticators. */
  update(authenticators: readonly Authenticator[]): void
  /**
   * Whether cookies of the request are ignored: the route has `crossSite: 'anonymous'`, and the request comes from another
   * site.
   */
  readonly isWithoutCookies: (request: FastifyRequest) => boolean
  /**
   * Returns the refusal of a request that may change something and that a page of another origin made; `null` for none.
   *
   * @param isAmbient - whether a browser sends the credential of the request automatically. The origin of the request must then
   * be certain.
   */
  refusalOf(request: FastifyRequest, isAmbient: boolean): Refusal | null
}

/** The options of the cross-origin check. */
export interface CrossOriginOptions {
  readonly protection: boolean
  readonly trusted: readonly string[]
}

/**
 * Decides by `Sec-Fetch-Site`, then by `Origin`, as `CrossOriginProtection` of Go's net/http does. `Origin` must be the origin
 * of this server that an authenticator has. If no authenticator has one, an `Origin` with the host of the request is enough for
 * requests without a cookie: `Host` does not show whether the page was loaded over https. A WebSocket handshake is a GET, but
 * it counts as a change, because messages follow it.
 *
 * @see [Fetch Metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)
 */
export function crossOrigin({ protection, trusted }: CrossOriginOptions): CrossOrigin {
  const isTrusted: ReadonlySet<unknown> = new Set(trusted)
  let own: ReadonlySet<unknown> = new Set()

  return {
    update(authenticators) {
      own = new Set(authenticators.flatMap(({ origin }) => origin ?? []))
    },
    isWithoutCookies: (request) => sourceOf(request) !== 'own' && isExempt(request),
    refusalOf(request, isAmbient) {
      const source = protection ? sourceOf(request) : 'own'
      if (source === 'own' || (source !== 'other' && !isAmbient) || isExempt(request)) return null
      return new CrossSiteRequestError(CURES[source])
    }
  }

  function sourceOf({ method, headers }: FastifyRequest): Source {
    if (SAFE_METHODS.has(method) && headers.upgrade === undefined) return 'own'
    const { origin } = headers
    const site = headers['sec-fetch-site']
    if (isTrusted.has(origin)) return 'own'
    if (site !== undefined) return site === 'same-origin' || site === 'none' ? 'own' : 'other'
    if (origin === undefined) return 'unknown'
    if (own.has(origin)) return 'own'
    return own.size === 0 && isOf(origin, headers) ? 'host' : 'other'
  }
}

const CURES: Readonly<Record<Exclude<Source, 'own'>, string | undefined>> = {
  other: undefined,
  host: 'A request with a cookie may change data. It has no Sec-Fetch-Site, and this server does not know its own origin. Fix: set the option origin of @latchkey/session',
  unknown:
    'A request with a cookie may change data. It has neither Sec-Fetch-Site nor Origin, which browsers send. Fix: in a test or another program, send also "Sec-Fetch-Site: same-origin", or a token instead of the cookie'
}

function isExempt({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.crossSite === 'anonymous'
}

/** HTTP/2 has the pseudo-header in place of `Host`. `X-Forwarded-Host` is not used. */
function isOf(origin: string, headers: FastifyRequest['headers']): boolean {
  const page = parseUrl(origin)
  return page !== null && page.host === (headers.host ?? headers[':authority'])
}
