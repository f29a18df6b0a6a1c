import { type UpstreamEvent, upstreamChannel } from './events.ts'

// The X509 codes of Node, and the codes of its TLS. A peer that does not speak TLS causes EPROTO.
const TLS_FAILURE =
  /^(?:ERR_(?:TLS|SSL)_\w+|(?:CERT|CRL)_\w+|UNABLE_TO_\w+|ERROR_IN_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|INVALID_(?:CA|PURPOSE)|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|EPROTO)$/

/** Whether an error code means that the TLS handshake or the certificate check failed. */
export function isTlsFailure(code: string): boolean {
  return TLS_FAILURE.test(code)
}

/**
 * Publishes an event to the channel `latchkey:upstream` if the error code of a request means that its TLS handshake or its
 * certificate check failed. Otherwise does nothing. Requests of this package already publish it: call this for other HTTP
 * clients that use the same servers.
 *
 * @param url - the URL of the request; only its origin is published
 */
export function tellOfTlsFailure(url: string, code: unknown): void {
  if (typeof code !== 'string' || !isTlsFailure(code) || !upstreamChannel.hasSubscribers) return
  upstreamChannel.publish(
    Object.freeze({ kind: 'tls-failed', origin: new URL(url).origin, code } satisfies UpstreamEvent)
  )
}
