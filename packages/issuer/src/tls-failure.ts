import { type UpstreamEvent, upstreamChannel } from './events.ts'

// The X509 codes of Node, and what its TLS itself throws. A peer that speaks no TLS at all is EPROTO.
const TLS_FAILURE =
  /^(?:ERR_(?:TLS|SSL)_\w+|(?:CERT|CRL)_\w+|UNABLE_TO_\w+|ERROR_IN_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|INVALID_(?:CA|PURPOSE)|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|EPROTO)$/

/** Whether the code of a failed request is that of a failed TLS handshake or certificate. */
export function isTlsFailure(code: string): boolean {
  return TLS_FAILURE.test(code)
}

/**
 * Tells the channel `latchkey:upstream` when the code of a failed request is that of a failed TLS handshake or certificate,
 * and nothing otherwise. What is fetched with this package is told of already: this is for other clients of the same servers.
 *
 * @param url - what was asked: only its origin is told
 */
export function tellOfTlsFailure(url: string, code: unknown): void {
  if (typeof code !== 'string' || !isTlsFailure(code) || !upstreamChannel.hasSubscribers) return
  upstreamChannel.publish(
    Object.freeze({ kind: 'tls-failed', origin: new URL(url).origin, code } satisfies UpstreamEvent)
  )
}
