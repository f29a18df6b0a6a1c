import { TokenError } from './errors.ts'

/**
 * Decodes a name or value of a form.
 *
 * @throws TokenError `invalid_request` for percent-encoding that is not UTF-8
 * @see [RFC 6749 Appendix B](https://www.rfc-editor.org/rfc/rfc6749#appendix-B)
 */
export function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new TokenError('invalid_request', 'The body is not form-encoded in UTF-8')
  }
}
