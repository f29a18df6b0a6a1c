import { isFetchable } from './fetchable-url.ts'
import { invalid, requireObject } from './json-object.ts'

/** The members of metadata that are URLs of endpoints. */
const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'userinfo_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'end_session_endpoint',
  'pushed_authorization_request_endpoint',
  'device_authorization_endpoint'
] as const

/** A member of metadata that is a URL. */
export type EndpointName = (typeof ENDPOINTS)[number]

/**
 * The metadata of an issuer, frozen. The issuer and the endpoints are checked; any other member may have any type.
 *
 * @see [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)
 */
export interface IssuerMetadata extends Readonly<Partial<Record<EndpointName, string>>> {
  readonly issuer: string
  readonly [member: string]: unknown
}

/**
 * Checks a metadata document and returns it. Its `issuer` must be the same to the byte, and each endpoint must be a URL that
 * may be fetched. An `http` endpoint is allowed only if the issuer is `http` too. Endpoints that are `null` are left out.
 *
 * @throws UpstreamError
 * @see [RFC 8414 §3.3](https://www.rfc-editor.org/rfc/rfc8414#section-3.3)
 */
export function readMetadata(body: unknown, issuer: string): IssuerMetadata {
  const document = requireObject(body)
  if (document['issuer'] !== issuer) throw invalid('issuer is not the one that was configured')
  const endpoints: Partial<Record<EndpointName, string>> = {}
  for (const name of ENDPOINTS) {
    const url = document[name] ?? undefined
    if (url === undefined) continue
    if (!isFetchable(url) || !isAsSafe(url, issuer)) throw invalid(`${name} is no URL that may be fetched from`)
    endpoints[name] = url
  }
  const rest = Object.fromEntries(Object.entries(document).filter(([name]) => !isEndpoint(name)))
  return Object.freeze({ ...rest, ...endpoints, issuer })
}

function isEndpoint(name: string): boolean {
  return ENDPOINTS.some((endpoint) => endpoint === name)
}

// A remote issuer must not name an endpoint on this machine's loopback.
function isAsSafe(url: string, issuer: string): boolean {
  return url.startsWith('https:') || issuer.startsWith('http:')
}
