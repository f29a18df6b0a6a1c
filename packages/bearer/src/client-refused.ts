import { UpstreamError } from '@latchkey/issuer'

// RFC 6749 §5.2: what is wrong is who asks, whatever it asks about.
const OF_CLIENTS: ReadonlySet<unknown> = new Set(['invalid_client', 'unauthorized_client'])

// A mark of this package alone: the class of the error is public.
const refusals = new WeakSet<UpstreamError>()

/** Whether an endpoint said with 400 that it does not know this server, or not as one that may ask. */
export function isClientRefused(error: UpstreamError): boolean {
  return refusals.has(error)
}

/**
 * What an answer 400 means. Takes nothing of its body but the two codes that are looked for.
 *
 * @param description - what was asked, for the log
 * @see [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)
 */
export function badRequest(body: unknown, description: string, retryAfter: number): UpstreamError {
  const { error: code } = Object(body) as { error?: unknown } // any JSON may be asked for its members
  const isRefusal = OF_CLIENTS.has(code)
  const cause = isRefusal ? `${description}: 400 ${String(code)}` : `${description}: 400`
  const error = new UpstreamError('LATCHKEY_UPSTREAM_STATUS', { cause, status: 400, retryAfter })
  if (isRefusal) refusals.add(error)
  return error
}
