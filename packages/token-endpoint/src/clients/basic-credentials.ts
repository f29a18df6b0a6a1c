import { formDecode } from '../form-decode.ts'

/** What a client sends to say who it is. An empty secret is no secret. */
export interface BasicCredentials {
  readonly clientId: string
  readonly clientSecret: string
  /** The secret without form-decoding: what it is if the client has not encoded it, as curl and Swagger UI do not. */
  readonly secretAsSent: string
}

const BASIC = /^basic +([A-Za-z0-9+/]*={0,2})$/i

/**
 * Whether an `Authorization` header has the scheme `Basic`, well-formed or not. Other schemes authenticate no client: HTTP
 * libraries attach `Bearer` to every request.
 */
export function isBasic(authorization: string | undefined): authorization is string {
  return authorization !== undefined && /^\s*basic(?!\S)/i.test(authorization)
}

/** Whether a header authenticates a client. Swagger UI sends Basic with nothing in it when its fields are blank. */
export function isUsed(authorization: string | undefined): boolean {
  if (!isBasic(authorization)) return false
  const basic = parseBasic(authorization)
  return basic === null || !isBlank(basic)
}

/** Whether there is neither an identifier nor a secret. */
export function isBlank({ clientId, clientSecret }: BasicCredentials): boolean {
  return clientId === '' && clientSecret === ''
}

/**
 * The client identifier and secret of an `Authorization: Basic` header, each form-decoded, or `null` when the header is
 * anything else: another scheme, loose base64, no colon, bytes that are no UTF-8. A secret that cannot be form-decoded is
 * given as it was sent.
 *
 * @see [RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)
 */
export function parseBasic(authorization: string): BasicCredentials | null {
  const encoded = BASIC.exec(authorization)?.[1] ?? ''
  const bytes = Buffer.from(encoded, 'base64')
  if (encoded === '' || bytes.toString('base64') !== encoded) return null
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const colon = text.indexOf(':')
    if (colon === -1) return null
    const secretAsSent = text.slice(colon + 1)
    return { clientId: formDecode(text.slice(0, colon)), clientSecret: decodedSecret(secretAsSent), secretAsSent }
  } catch {
    return null
  }
}

function decodedSecret(sent: string): string {
  try {
    return formDecode(sent)
  } catch {
    return sent
  }
}
