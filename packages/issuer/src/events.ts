import { type Channel, channel } from 'node:diagnostics_channel'

/**
 * An event of the channel `latchkey:upstream`: a request failed because the certificate or the TLS of a server was not trusted.
 */
export interface UpstreamEvent {
  readonly kind: 'tls-failed'
  readonly origin: string
  /**
   * Node's code, such as `CERT_HAS_EXPIRED`.
   *
   * @see [Node.js, X509 certificate error codes](https://nodejs.org/api/tls.html#x509-certificate-error-codes)
   */
  readonly code: string
}

export const upstreamChannel: Channel = channel('latchkey:upstream')
