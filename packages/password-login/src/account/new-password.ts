import type { PasswordPolicy, PasswordWeakness } from '@latchkey/passwords'
import type { Body } from '../body.ts'
import { PasswordLoginError } from '../errors.ts'
import { failureFor } from '../failure.ts'

/**
 * Returns the new password of a form.
 *
 * @throws PasswordLoginError `invalid_request` when it is missing, `weak_password` when the policy refuses it,
 * `temporarily_unavailable` when it could not be checked
 */
export async function newPasswordIn(body: Body, policy: PasswordPolicy): Promise<string> {
  const password = body.text('newPassword')
  if (!password) throw new PasswordLoginError('invalid_request', { field: 'newPassword' })
  const weakness = await policy.weaknessOf(password).catch((error: unknown) => {
    throw failureFor(error)
  })
  if (weakness === null) return password
  throw new PasswordLoginError('weak_password', { field: 'newPassword', message: sentenceFor(weakness, policy) })
}

function sentenceFor(weakness: PasswordWeakness, { minLength }: PasswordPolicy): string {
  if (weakness === 'too_short') return `The password needs ${minLength} characters or more.`
  if (weakness === 'compromised') return 'This password is in a list of leaked passwords. Choose another one.'
  return 'This password is too long, or contains a character that cannot be used.'
}
