import { sendProtocolAnswer } from '@latchkey/guard/plugin'
import type { ClientAuthenticationMethod } from '../clients/directory.ts'
import { type AddDocument, CACHEABLE } from './public-documents.ts'
import { metadataRouteSchema } from './schemas.ts'

const WELL_KNOWN = '/.well-known/oauth-authorization-server'

/**
 * Adds the metadata of the token endpoint.
 *
 * @param isAtRoot - whether the context has no prefix
 * @see [RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3)
 */
export function addMetadataRoute(
  add: AddDocument,
  { issuer, isAtRoot }: { readonly issuer: string; readonly isAtRoot: boolean },
  source: () => MetadataSource
): void {
  add({
    url: metadataPath(issuer, isAtRoot),
    documentation: metadataRouteSchema,
    handler: async (_request, reply) =>
      sendProtocolAnswer(reply, { headers: CACHEABLE, body: serverMetadata(source()) })
  })
}

/**
 * The path of an issuer's metadata, as a route of the context. A client puts the well-known path before the
 * issuer's own path, at the root of the host. Under a prefix, only the older form can be served, which appends it.
 *
 * @see [RFC 8414 §3.1](https://www.rfc-editor.org/rfc/rfc8414#section-3.1)
 */
function metadataPath(issuer: string, isAtRoot: boolean): string {
  return isAtRoot ? WELL_KNOWN + new URL(issuer).pathname.replace(/\/$/, '') : WELL_KNOWN
}

export interface MetadataSource {
  readonly issuer: string
  readonly tokenUrl: string
  readonly jwksUrl: string
  readonly revocationUrl: string
  readonly introspectionUrl: string
  readonly grantTypes: readonly string[]
  readonly authenticationMethods: readonly ClientAuthenticationMethod[]
  readonly scopes: readonly string[]
  /** Members that other plugins add. They do not replace the issuer, an endpoint or the URL of the keys. */
  readonly additions: Readonly<Record<string, MetadataMember>>
}

/** A member of the metadata. */
export type MetadataMember = string | boolean | readonly string[]

/**
 * The metadata of the token endpoint. Contains only what is enabled. `response_types_supported` is required, and empty unless a
 * plugin adds an authorization endpoint.
 *
 * @see [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)
 */
function serverMetadata(source: MetadataSource): Readonly<Record<string, MetadataMember>> {
  const confidential = source.authenticationMethods.filter((method) => method !== 'none')
  const addresses = {
    issuer: source.issuer,
    token_endpoint: source.tokenUrl,
    jwks_uri: source.jwksUrl,
    revocation_endpoint: source.revocationUrl,
    ...(confidential.length > 0 && { introspection_endpoint: source.introspectionUrl })
  }
  return {
    ...addresses,
    response_types_supported: [],
    grant_types_supported: source.grantTypes,
    token_endpoint_auth_methods_supported: source.authenticationMethods,
    revocation_endpoint_auth_methods_supported: source.authenticationMethods,
    ...(confidential.length > 0 && { introspection_endpoint_auth_methods_supported: confidential }),
    ...(source.scopes.length > 0 && { scopes_supported: source.scopes }),
    ...source.additions,
    ...addresses
  }
}
