import type { FastifyRequest } from 'fastify'
import type { Authenticator } from './authenticator.ts'
import { CrossSiteRequestError } from './errors.ts'
import type { Refusal } from './refusal.ts'

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The page that made a request: of this server, of the host that the request is for, of another origin, or unknown. */
type Source = 'own' | 'host' | 'other' | 'unknown'

/** Tells requests that pages of other origins make from those of this server's own pages, and of programs. */
export interface CrossOrigin {
  /** There are other authenticators now, which may know this server's origin. */
  update(authenticators: readonly Authenticator[]): void
  /** Whether what a browser sends by itself counts as absent: the route says so for requests of other sites. */
  isWithoutCookies(request: FastifyRequest): boolean
  /**
   * The refusal of a request that may change something for the page of another origin; `null` where there is nothing to refuse.
   *
   * @param isAmbient - whether the credential that vouched for it is one that a browser sends by itself: then it must be
   * certain where the request comes from
   */
  refusalOf(request: FastifyRequest, isAmbient: boolean): Refusal | null
}

/** How pages of other origins are treated. */
export interface CrossOriginOptions {
  readonly protection: boolean
  readonly trusted: readonly string[]
}

/**
 * Goes by `Sec-Fetch-Site`, then by `Origin`, as `CrossOriginProtection` of Go's net/http does. `Origin` must be one that an
 * authenticator knows as this server's. Where none does, an `Origin` of the host that the request is for will do for requests
 * without a cookie: `Host` does not say whether the page came by https. Opening a WebSocket is a GET that leads to more, and
 * counts as a change.
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
  host: 'A cookie vouched for a request that may change something and has no Sec-Fetch-Site, and this server does not know its own origin. Fix: set the option origin of @latchkey/session',
  unknown:
    'A cookie vouched for a request that may change something and has neither Sec-Fetch-Site nor Origin. Browsers send them. Fix: a test or another program sends "Sec-Fetch-Site: same-origin" too, or a token in place of the cookie'
}

function isExempt({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.crossSite === 'anonymous'
}

/** HTTP/2 has the pseudo-header in place of `Host`. Neither is what a proxy says in `X-Forwarded-Host`. */
function isOf(origin: string, headers: FastifyRequest['headers']): boolean {
  const host = headers.host ?? headers[':authority']
  return URL.canParse(origin) && new URL(origin).host === host
}
