import { parseUrl } from '@latchkey/options'

/** The members of an OpenAPI document with the URLs that its page connects to. */
export interface ConnectingDocument {
  readonly info: object
  readonly servers?: readonly { readonly url: string }[]
  readonly components?: { readonly securitySchemes?: object }
}

// Members whose URLs Swagger UI fetches. It opens an authorizationUrl as a separate page.
const FETCHED = new Set(['tokenUrl', 'refreshUrl', 'openIdConnectUrl'])

/** The policy of answers other than pages. */
export const NOTHING_ALLOWED = "default-src 'none'; frame-ancestors 'none'"

/**
 * Returns the `Content-Security-Policy` of Swagger UI: only its own files, no frames, and connections only to this server, the
 * document's `servers` and the token endpoints of its security schemes.
 *
 * @see [Content Security Policy Level 3](https://www.w3.org/TR/CSP3/)
 */
export function contentSecurityPolicy({ servers = [], components }: ConnectingDocument): string {
  const urls = [...servers.map((server) => server.url), ...fetched(components?.securitySchemes)]
  const origins = urls.flatMap((url) => (/^https?:/i.test(url) ? (parseUrl(url)?.origin ?? []) : []))
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    ['connect-src', "'self'", ...new Set(origins)].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ].join('; ')
}

function* fetched(definition: unknown): Generator<string> {
  if (typeof definition !== 'object' || definition === null) return
  for (const [name, value] of Object.entries(definition)) {
    if (FETCHED.has(name) && typeof value === 'string') yield value
    else yield* fetched(value)
  }
}
