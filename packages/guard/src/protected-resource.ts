import * as o from '@latchkey/options'

/** The protected resource that the routes of a guard form together. */
export interface ProtectedResource {
  /**
   * The resource identifier. Clients request tokens for it and compare it exactly. An https URL, or http on loopback, without
   * query and fragment, as a URL parser writes it. Its path contains only letters, digits, `/` and `-._~:@`.
   */
  readonly identifier: string
  /** The name for people. */
  readonly name?: string | undefined
  /** The URL of a page for developers. */
  readonly documentation?: string | undefined
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource'
const PATH = /^\/[\w.~:@/-]*$/

const identifier = o.must(
  'be an https URL (or http on loopback) without query and fragment, as a URL parser writes it',
  isIdentifier
)

/** The schema of the option `resource`. */
export const protectedResource: o.Schema<string | ProtectedResource> = o.either(
  o.isObject,
  o.members({
    identifier,
    name: o.optional(o.text),
    documentation: o.optional(o.must('be the http or https URL of a page', isPage))
  }),
  identifier
)

/**
 * Returns the path of a resource's metadata: the well-known path, followed by the path of the identifier. If that path is a
 * single slash, it is left out.
 *
 * @see [RFC 9728 §3.1](https://www.rfc-editor.org/rfc/rfc9728#section-3.1)
 */
export function metadataPath(identifier: string): string {
  const { pathname } = new URL(identifier)
  return pathname === '/' ? WELL_KNOWN : WELL_KNOWN + pathname
}

/** Returns the URL of a resource's metadata. */
export function metadataUrl(identifier: string): string {
  return new URL(identifier).origin + metadataPath(identifier)
}

function isIdentifier(value: unknown): value is string {
  const url = typeof value === 'string' && !/[?#]/.test(value) ? o.parseUrl(value) : null
  if (url === null || !o.isProtectedUrl(url)) return false
  const { href, origin, pathname, username, password } = url
  return (value === href || value === origin) && username + password === '' && PATH.test(pathname)
}

function isPage(value: unknown): value is string {
  return typeof value === 'string' && /^https?:$/.test(o.parseUrl(value)?.protocol ?? '')
}
