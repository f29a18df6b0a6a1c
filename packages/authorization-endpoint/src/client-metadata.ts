import type { ScopeDescriptions } from '@latchkey/guard'
import { isRecord } from '@latchkey/options'
import { parseScope } from '@latchkey/guard/plugin'
import { type Client, isRedirectUri } from '@latchkey/token-endpoint'
import { ClientMetadataError } from './errors.ts'

/** The limits of this server for clients that describe themselves. */
export interface ClientMetadataLimits {
  /** The grant types of the server, at the moment. */
  readonly grantTypes: () => readonly string[]
  /** The scopes of the server. */
  readonly scopes: ScopeDescriptions
}

const LONGEST_NAME = 100
const LONGEST_URI = 2048
// Direction marks would let a name rewrite the sentence around it.
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u

/** The grant types that need the decision of a user. A client that describes itself may have no others. */
const OPEN_GRANT_TYPES: readonly string[] = [
  'authorization_code',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code'
]

/**
 * Makes a public client of the metadata that it wrote itself. Unknown members are ignored. Grant types and scopes that this
 * server does not have are left out. Known scopes become the default scopes of the client, and are no limit: a client that was
 * described for one task may ask its user for more.
 *
 * @throws ClientMetadataError
 * @see [RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2)
 */
export function publicClient(clientId: string, given: unknown, limits: ClientMetadataLimits): Client {
  if (!isRecord(given)) throw new ClientMetadataError('invalid_client_metadata', 'The metadata must be a JSON object')
  // Clients send null for a member that they do not use.
  const metadata = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))
  checkAuthenticationMethod(metadata)
  const defaultScopes = scopesIn(metadata['scope'], limits.scopes)
  const clientName = nameIn(metadata['client_name'])
  const grantTypes = grantTypesIn(metadata['grant_types'], limits.grantTypes())
  const hasRedirects = grantTypes.includes('authorization_code')
  if (hasRedirects) checkResponseTypes(metadata['response_types'])
  return {
    clientId,
    grantTypes,
    redirectUris: redirectUrisIn(metadata['redirect_uris'], hasRedirects ? 1 : 0),
    ...(clientName !== undefined && { clientName }),
    ...(defaultScopes.length > 0 && { defaultScopes })
  }
}

/**
 * A client that may use several methods must be able to do without a secret: it takes that one, since this server announces
 * no other for it.
 *
 * @see [OpenID Connect Relying Party Metadata Choices 1.0](https://openid.net/specs/openid-connect-rp-metadata-choices-1_0.html)
 */
function checkAuthenticationMethod(metadata: Readonly<Record<string, unknown>>): void {
  const method = metadata['token_endpoint_auth_method'] ?? 'none'
  const choices = metadata['token_endpoint_auth_methods_supported']
  if (method === 'none' || (Array.isArray(choices) && choices.includes('none'))) return
  throw new ClientMetadataError('invalid_client_metadata', 'token_endpoint_auth_method must be none')
}

function redirectUrisIn(value: unknown, least: 0 | 1): readonly string[] {
  if (value === undefined && least === 0) return []
  if (!Array.isArray(value) || value.length < least) {
    throw new ClientMetadataError('invalid_redirect_uri', 'redirect_uris must be a list of at least one URI')
  }
  const uris = value.filter((uri): uri is string => isRedirectUri(uri) && uri.length <= LONGEST_URI)
  if (uris.length === value.length) return [...new Set(uris)]
  throw new ClientMetadataError(
    'invalid_redirect_uri',
    'redirect_uris must be https URLs, http URLs on loopback, or URIs of a private-use scheme with a dot'
  )
}

function nameIn(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' && value.length <= LONGEST_NAME && /\S/.test(value) && !UNPRINTABLE.test(value)) {
    return value
  }
  throw new ClientMetadataError(
    'invalid_client_metadata',
    `client_name must be 1 to ${LONGEST_NAME} characters without control characters`
  )
}

// RFC 7591 has authorization_code alone as the default. Clients that leave the member out ask for refresh tokens all the same.
function grantTypesIn(value: unknown, served: readonly string[]): readonly string[] {
  const asked: unknown = value ?? ['authorization_code', 'refresh_token']
  const grantTypes = OPEN_GRANT_TYPES.filter(
    (type) => served.includes(type) && Array.isArray(asked) && asked.includes(type)
  )
  if (grantTypes.some((type) => type !== 'refresh_token')) return grantTypes
  throw new ClientMetadataError('invalid_client_metadata', 'grant_types must have one that this server offers to all')
}

function checkResponseTypes(value: unknown): void {
  if (value === undefined || (Array.isArray(value) && value.includes('code'))) return
  throw new ClientMetadataError('invalid_client_metadata', 'response_types must have code')
}

function scopesIn(value: unknown, known: ScopeDescriptions): readonly string[] {
  if (value === undefined || value === '') return []
  const scopes = typeof value === 'string' ? parseScope(value) : null
  if (scopes === null) throw new ClientMetadataError('invalid_client_metadata', 'scope is malformed')
  return [...scopes].filter((scope) => Object.hasOwn(known, scope))
}
