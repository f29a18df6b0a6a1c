import { fetchJson, type IssuerLog, issuerMetadata, type UpstreamError } from '@latchkey/issuer'
import { endpointUnknown, refusedBy } from './failure.ts'
import type { IntrospectionOptions } from './options.ts'

const MAX_BYTES = 64 * 1024

/** Asks an issuer about a token. Returns the JSON of the answer; the caller checks it. */
export type AskIssuer = (token: string) => Promise<unknown>

/**
 * Creates the function that calls the introspection endpoint. Does NOT remember answers, and does NOT back off when the
 * endpoint is down.
 *
 * @throws UpstreamError
 * @see [RFC 7662 §2.1](https://www.rfc-editor.org/rfc/rfc7662#section-2.1)
 */
export function introspectionRequest(issuer: string, options: IntrospectionOptions, log: IssuerLog): AskIssuer {
  const { endpoint, timeout, clientId, clientSecret, authMethod } = options
  const metadata = endpoint === undefined ? issuerMetadata(issuer, { timeout, log }) : null
  const inForm = authMethod === 'client_secret_post'
  const headers = inForm ? undefined : { authorization: basic(clientId, clientSecret) }
  const credentials = inForm ? { client_id: clientId, client_secret: clientSecret } : undefined

  return async (token) => {
    const url = await place()
    const body = new URLSearchParams({ token, token_type_hint: 'access_token', ...credentials })
    const statuses = [200, 400, 401, 403]
    const answer = await fetchJson(url, { method: 'POST', headers, body, timeout, maxBytes: MAX_BYTES, statuses })
    if (answer.status === 200) return answer.body
    const { origin, pathname } = new URL(url)
    const retryAfter = Number(answer.headers.get('retry-after') ?? undefined)
    throw refusedBy(answer.status, answer.body, `POST ${origin}${pathname}`, retryAfter)
  }

  async function place(): Promise<string> {
    if (metadata === null) return String(endpoint)
    try {
      return await metadata.endpoint('introspection_endpoint')
    } catch (error) {
      throw endpointUnknown(error as UpstreamError) // the only thing that is thrown there
    }
  }
}

/** @see [RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1) */
function basic(clientId: string, clientSecret: string): string {
  return `Basic ${Buffer.from(`${formEncode(clientId)}:${formEncode(clientSecret)}`).toString('base64')}`
}

function formEncode(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}
