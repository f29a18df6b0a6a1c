import { checkArgument, checkOptions, members, oneOf, optional } from '@latchkey/options'
import type { UpstreamError } from './errors.ts'
import { fetchJson, type JsonAnswer } from './fetch-json.ts'
import { fetchableUrl, issuerUrl } from './fetchable-url.ts'
import { invalid } from './json-object.ts'
import { keepDocument, type Loaded } from './kept-document.ts'
import { warnOfUncheckedCertificates } from './log.ts'
import { boundedMaxAge } from './max-age.ts'
import { type EndpointName, type IssuerMetadata, readMetadata } from './metadata-check.ts'
import { type KeepingOptions, keepingMembers, MAX_DOCUMENT_BYTES } from './options.ts'
import { type MetadataForm, metadataUrl } from './well-known.ts'

/** The options of {@link issuerMetadata}. Each is optional. */
export interface IssuerMetadataOptions extends KeepingOptions {
  /** The well-known location of the metadata: `'oidc'` or `'oauth'`. Default: `'oidc'` first, then `'oauth'`. */
  form?: MetadataForm | undefined
  /** The URL of the metadata, for an issuer that publishes it elsewhere. Replaces `form`. */
  url?: string | undefined
}

const NAME = 'issuerMetadata()'

const schema = members({
  ...keepingMembers,
  form: optional(oneOf('oidc', 'oauth')),
  url: optional(fetchableUrl)
})

/** The metadata of one issuer, fetched when needed. */
export interface PublishedMetadata {
  readonly issuer: string
  /**
   * Returns the metadata. It is fetched on the first call and kept as long as its `Cache-Control` allows, from 5 minutes to a
   * day. Without a `max-age` it is kept for an hour.
   *
   * @throws UpstreamError
   */
  readonly get: () => Promise<IssuerMetadata>
  /**
   * Returns one of the URLs in the metadata.
   *
   * @throws UpstreamError also when the issuer has no such endpoint
   */
  readonly endpoint: (name: EndpointName) => Promise<string>
}

/**
 * The metadata of an issuer. The issuer may be down when this is called: nothing is fetched before the first use.
 *
 * @param issuer - the exact identifier, as in the tokens' `iss`
 * @throws RegistrationError when the issuer or an option cannot work
 * @example
 * ```ts
 * const metadata = issuerMetadata('https://login.example.com', { log: app.log })
 * const tokenEndpoint = await metadata.endpoint('token_endpoint')
 * ```
 * @see [RFC 8414](https://www.rfc-editor.org/rfc/rfc8414)
 * @see [OpenID Connect Discovery 1.0](https://openid.net/specs/openid-connect-discovery-1_0.html)
 */
export function issuerMetadata(issuer: string, options: IssuerMetadataOptions = {}): PublishedMetadata {
  checkArgument(NAME, 'issuer', issuerUrl, issuer)
  const { timeout, blockSpecialUse, form, url, ...keeping } = checkOptions(NAME, schema, options)
  warnOfUncheckedCertificates(keeping.log)
  let places = placesOf(issuer, url, form)
  const kept = keepDocument({ ...keeping, what: `The metadata of ${issuer}`, load })

  return Object.freeze({
    issuer,
    get: kept.get,
    async endpoint(name) {
      const { [name]: url } = await kept.get()
      if (url === undefined) throw invalid(`the metadata has no ${name}`)
      return url
    }
  } satisfies PublishedMetadata)

  async function load(): Promise<Loaded<IssuerMetadata>> {
    const { body, headers, url } = await firstOf(places, performance.now() + timeout)
    const value = readMetadata(body, issuer)
    // The first place that worked is kept: during an outage of it, the other place may return a different document.
    places = [url]
    return { value, maxAge: boundedMaxAge(headers.get('cache-control')) }
  }

  async function firstOf(
    [url, ...others]: readonly [string, ...string[]],
    deadline: number
  ): Promise<JsonAnswer & { readonly url: string }> {
    const left = Math.max(1, Math.floor(deadline - performance.now()))
    try {
      return { ...(await fetchJson(url, { timeout: left, blockSpecialUse, maxBytes: MAX_DOCUMENT_BYTES })), url }
    } catch (error) {
      const [next, ...rest] = others
      if (next === undefined || !isNothingThere(error)) throw error
      return await firstOf([next, ...rest], deadline)
    }
  }
}

function placesOf(issuer: string, url?: string, form?: MetadataForm): readonly [string, ...string[]] {
  if (url !== undefined) return [url]
  if (form !== undefined) return [metadataUrl(issuer, form)]
  return [metadataUrl(issuer, 'oidc'), metadataUrl(issuer, 'oauth')]
}

/** A 404, or the HTML page that a web application shows for every path. */
function isNothingThere(error: unknown): boolean {
  const { status, code } = error as UpstreamError // option errors were thrown at boot
  return status === 404 || code === 'LATCHKEY_UPSTREAM_NOT_JSON'
}
