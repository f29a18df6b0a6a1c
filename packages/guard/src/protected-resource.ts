import { must, type OptionCheck } from './check-options.ts'
import { isProtected } from './origin.ts'

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
const MEMBERS = new Set(['identifier', 'name', 'documentation'])

/** Checks the option `resource`. */
export const mustBeResource: OptionCheck = must(
  'be an https URL (or http on loopback) without query and fragment, as a URL parser writes it, or { identifier, name, documentation } with such an identifier',
  (value) => (typeof value === 'object' && value !== null ? isResource(value) : isIdentifier(value))
)

/** Returns the option in its long form. */
export function resourceOf(option: string | ProtectedResource): ProtectedResource {
  return typeof option === 'string' ? { identifier: option } : option
}

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

function isResource(value: object): boolean {
  if (!Object.keys(value).every((name) => MEMBERS.has(name))) return false
  const { identifier, name, documentation } = value as Partial<Record<keyof ProtectedResource, unknown>>
  const isNamed = name === undefined || (typeof name === 'string' && name !== '')
  return isIdentifier(identifier) && isNamed && (documentation === undefined || isPage(documentation))
}

function isIdentifier(value: unknown): boolean {
  if (typeof value !== 'string' || /[?#]/.test(value) || !URL.canParse(value)) return false
  const url = new URL(value)
  const { href, origin, pathname, username, password } = url
  if (!isProtected(url)) return false
  return (value === href || value === origin) && username + password === '' && PATH.test(pathname)
}

function isPage(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
}
