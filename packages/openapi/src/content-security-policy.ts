/** As much of an OpenAPI document as says where its page will connect to. */
export interface ConnectingDocument {
  readonly info: object
  readonly servers?: readonly { readonly url: string }[]
  readonly components?: { readonly securitySchemes?: object }
}

// What Swagger UI fetches; an authorizationUrl is opened as a page of its own.
const FETCHED = new Set(['tokenUrl', 'refreshUrl', 'openIdConnectUrl'])

/** The policy of an answer that is not meant to be shown as a page. */
export const NOTHING_ALLOWED = "default-src 'none'; frame-ancestors 'none'"

/**
 * The `Content-Security-Policy` of Swagger UI: its own files, no frame around it, and connections to nothing but this
 * server, the document's `servers` and the token endpoints of its security schemes.
 *
 * @see [Content Security Policy Level 3](https://www.w3.org/TR/CSP3/)
 */
export function contentSecurityPolicy({ servers = [], components }: ConnectingDocument): string {
  const urls = [...servers.map((server) => server.url), ...fetched(components?.securitySchemes)]
  const origins = urls.filter((url) => /^https?:/i.test(url) && URL.canParse(url)).map((url) => new URL(url).origin)
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
