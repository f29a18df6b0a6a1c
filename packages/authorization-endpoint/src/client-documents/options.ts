import * as o from '@latchkey/options'

/** The options of clients that are described by their own metadata document. Each is optional. */
export interface ClientDocumentsOptions {
  /** The hosts that documents may come from, such as `['app.example.com']`, with the port if it is not 443. Default: all. */
  allowedHosts?: readonly string[]
  /**
   * Loopback hosts, such as `['127.0.0.1:4000']`, whose documents are fetched over http or https. Certificates are checked. For
   * tests and development. Refused when `NODE_ENV` is `production`. Default: none.
   *
   * @deprecated Each program on this machine can be such a client.
   */
  insecureClientHosts?: readonly string[]
}

/** The options with their defaults. */
export interface ResolvedClientDocuments {
  readonly allowedHosts: readonly string[] | undefined
  readonly insecureClientHosts: readonly string[]
}

const documents: o.Schema<ResolvedClientDocuments> = o.members({
  allowedHosts: o.optional(
    o.listOf(
      'be a list of at least one host',
      o.must<string>(
        "be a host such as 'app.example.com', in lower case, with the port if it is not 443, without wildcards",
        (value) => !String(value).includes('*') && o.parseUrl(`https://${String(value)}`)?.host === value
      ),
      1
    )
  ),
  insecureClientHosts: o.optional(
    o.listOf(
      'be a list of hosts on loopback',
      o.must<string>(
        "be a host on loopback such as '127.0.0.1:4000', with the port if it is not the default",
        isLoopback
      )
    ),
    []
  )
})

/** The schema of the option `clientDocuments`. */
export const clientDocumentsOption: o.Schema<ResolvedClientDocuments | null> = o.feature(documents)

/** @throws RegistrationError for an insecure host in production */
export function refuseInsecureHosts(plugin: string, documents: ResolvedClientDocuments | null): void {
  if (documents !== null && documents.insecureClientHosts.length > 0 && process.env['NODE_ENV'] === 'production') {
    throw new o.RegistrationError(
      plugin,
      'clientDocuments.insecureClientHosts is for development, and NODE_ENV is production. Fix: leave it out'
    )
  }
}

function isLoopback(value: unknown): boolean {
  const url = o.parseUrl(`http://${String(value)}`)
  return url !== null && url.host === value && o.isProtectedUrl(url)
}
