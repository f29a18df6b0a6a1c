import { UpstreamError } from '@latchkey/issuer'

/**
 * What a question without a usable answer says about the endpoint.
 *
 * - `endpoint`: it cannot be reached, or nobody knows where it is. The token had no part in it.
 * - `client`: it refused this server itself.
 * - `token`: it is up, and refused this token.
 * - `unclear`: the endpoint, or something in front of it, may have failed because of this token.
 */
export type Meaning = 'endpoint' | 'client' | 'token' | 'unclear'

const meanings = new WeakMap<UpstreamError, Meaning>()

// RFC 6749 §5.2: what is wrong is the client that asks, whatever it asks about.
const OF_CLIENTS: ReadonlySet<unknown> = new Set(['invalid_client', 'unauthorized_client'])
const REFUSES_THE_TOKEN: ReadonlySet<number> = new Set([400, 413, 414, 422, 431])

export function meaningOf(error: UpstreamError): Meaning {
  if (error.isUnsent) return 'endpoint'
  return meanings.get(error) ?? (REFUSES_THE_TOKEN.has(Number(error.status)) ? 'token' : 'unclear')
}

/** Whether it may be that the endpoint refused this server itself. `401` and `403` can also come from a firewall. */
export function mayRefuseClient(error: UpstreamError): boolean {
  return meaningOf(error) === 'client' || error.status === 401 || error.status === 403
}

/** Says that nobody knows where the endpoint is now. */
export function endpointUnknown(error: UpstreamError): UpstreamError {
  meanings.set(error, 'endpoint')
  return error
}

/**
 * What an answer in JSON with a status other than 200 means. Takes nothing of its body but the two codes that are looked for.
 *
 * @param description - what was asked, for the log
 * @see [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)
 */
export function refusedBy(status: number, body: unknown, description: string, retryAfter: number): UpstreamError {
  const { error: code } = Object(body) as { error?: unknown } // any JSON may be asked for its members
  const isOfClient = OF_CLIENTS.has(code)
  const cause = `${description}: ${status}${isOfClient ? ` ${String(code)}` : ''}`
  const error = new UpstreamError('LATCHKEY_UPSTREAM_STATUS', { cause, status, retryAfter })
  if (isOfClient) meanings.set(error, 'client')
  return error
}
