import { formDecode } from './form.ts'

/** What a client sends to say who it is. An empty secret is no secret. */
export interface BasicCredentials {
  readonly clientId: string
  readonly clientSecret: string
}

const BASIC = /^basic +([A-Za-z0-9+/]*={0,2})$/i

/**
 * Whether an `Authorization` header has the scheme `Basic`, well-formed or not. Other schemes authenticate no client: HTTP
 * libraries attach `Bearer` to every request.
 */
export function isBasic(authorization: string | undefined): authorization is string {
  return authorization !== undefined && /^\s*basic(?!\S)/i.test(authorization)
}

/**
 * The client identifier and secret of an `Authorization: Basic` header, each form-decoded, or `null` when the header is
 * anything else: another scheme, loose base64, no colon, bytes that are no UTF-8.
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
    return { clientId: formDecode(text.slice(0, colon)), clientSecret: formDecode(text.slice(colon + 1)) }
  } catch {
    return null
  }
}
