import { formDecode } from '../form-decode.ts'

/** The credentials that a client sends. An empty secret counts as no secret. */
export interface BasicCredentials {
  readonly clientId: string
  readonly clientSecret: string
  /** The secret without form-decoding, for clients that do not encode it, such as curl and Swagger UI. */
  readonly secretAsSent: string
}

const BASIC = /^basic +([A-Za-z0-9+/]*={0,2})$/i

/**
 * Whether an `Authorization` header has the scheme `Basic`, well-formed or not. Other schemes do not authenticate a client:
 * HTTP libraries attach `Bearer` to every request.
 */
export function isBasic(authorization: string | undefined): authorization is string {
  return authorization !== undefined && /^\s*basic(?!\S)/i.test(authorization)
}

/**
 * Whether a header authenticates a client. Swagger UI sends Basic with an empty name and password when its fields are blank.
 */
export function isUsed(authorization: string | undefined): boolean {
  if (!isBasic(authorization)) return false
  const basic = parseBasic(authorization)
  return basic === null || !isBlank(basic)
}

/** Whether both the identifier and the secret are empty. */
export function isBlank({ clientId, clientSecret }: BasicCredentials): boolean {
  return clientId === '' && clientSecret === ''
}

/**
 * Returns the client identifier and the secret of an `Authorization: Basic` header, each form-decoded. `null` for any other
 * header: another scheme, loose base64, no colon, bytes that are not UTF-8. A secret that cannot be form-decoded is returned as
 * it was sent.
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
