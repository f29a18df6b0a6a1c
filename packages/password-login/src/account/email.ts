import { isEmailAddress } from '@latchkey/options'
import type { Body } from '../body.ts'
import { PasswordLoginError } from '../errors.ts'

const LONGEST = 254

/**
 * Returns an e-mail address in the form in which it is stored and looked up: without spaces around it, in lower case. `null` for
 * a text that is no address of ASCII characters, as `<input type="email">` accepts them, or is longer than 254 characters. Only
 * ASCII: other letters may look like these, and become these in lower case.
 *
 * @example normalizeEmail(' Ada@Example.com ') // 'ada@example.com'
 * @see [RFC 5321 §4.5.3.1.3](https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.3)
 */
export function normalizeEmail(text: string): string | null {
  const email = text.trim()
  return email.length <= LONGEST && isEmailAddress(email) ? email.toLowerCase() : null
}

/**
 * Returns the address of a form.
 *
 * @throws PasswordLoginError `invalid_request` when it is missing, or is no address
 */
export function emailIn(body: Body): string {
  const text = body.text('email')
  if (!text) throw new PasswordLoginError('invalid_request', { field: 'email' })
  const email = normalizeEmail(text)
  if (email !== null) return email
  throw new PasswordLoginError('invalid_request', {
    field: 'email',
    message: ({ passwordLogin: { faults } }) => faults.noEmailAddress
  })
}
