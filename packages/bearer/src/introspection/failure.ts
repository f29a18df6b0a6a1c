import { UpstreamError } from '@latchkey/issuer'

/**
 * The meaning of a call without a usable answer.
 *
 * - `endpoint`: the endpoint cannot be reached, or its URL is unknown. The token is not the reason.
 * - `client`: the endpoint refused this server itself.
 * - `token`: the endpoint is up and refused this token.
 * - `unclear`: the endpoint, or a server in front of it, may have failed because of this token.
 */
export type Meaning = 'endpoint' | 'client' | 'token' | 'unclear'

const meanings = new WeakMap<UpstreamError, Meaning>()

// RFC 6749 §5.2: these codes are about the client that asks, not about the token.
const OF_CLIENTS: ReadonlySet<unknown> = new Set(['invalid_client', 'unauthorized_client'])
const REFUSES_THE_TOKEN: ReadonlySet<number> = new Set([400, 413, 414, 422, 431])

export function meaningOf(error: UpstreamError): Meaning {
  if (error.isUnsent) return 'endpoint'
  return meanings.get(error) ?? (REFUSES_THE_TOKEN.has(Number(error.status)) ? 'token' : 'unclear')
}

/** Whether the endpoint may have refused this server itself. `401` and `403` can also come from a firewall. */
export function mayRefuseClient(error: UpstreamError): boolean {
  return meaningOf(error) === 'client' || error.status === 401 || error.status === 403
}

/** Marks an error as "the URL of the endpoint is not known now". */
export function endpointUnknown(error: UpstreamError): UpstreamError {
  meanings.set(error, 'endpoint')
  return error
}

/**
 * Returns the error for a JSON answer with a status other than 200. Takes nothing from its body but the two codes above.
 *
 * @param description - the request, for the log
 * @see [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)
 */
export function refusedBy(status: number, body: unknown, description: string, retryAfter: number): UpstreamError {
  const { error: code } = Object(body) as { error?: unknown } // any JSON value can be destructured this way
  const isOfClient = OF_CLIENTS.has(code)
  const cause = `${description}: ${status}${isOfClient ? ` ${String(code)}` : ''}`
  const error = new UpstreamError('LATCHKEY_UPSTREAM_STATUS', { cause, status, retryAfter })
  if (isOfClient) meanings.set(error, 'client')
  return error
}
