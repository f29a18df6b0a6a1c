import type { PasswordPolicy, PasswordWeakness } from '@latchkey/passwords'
import type { Texts } from '@latchkey/pages'
import type { Body } from '../body.ts'
import { PasswordLoginError } from '../errors.ts'

/**
 * Returns the new password of a form.
 *
 * @throws PasswordLoginError `invalid_request` when it is missing, `weak_password` when the policy refuses it. The errors of the
 * policy
 */
export async function newPasswordIn(body: Body, policy: PasswordPolicy): Promise<string> {
  const password = body.text('newPassword')
  if (!password) throw new PasswordLoginError('invalid_request', { field: 'newPassword' })
  const weakness = await policy.weaknessOf(password)
  if (weakness === null) return password
  throw new PasswordLoginError('weak_password', { field: 'newPassword', message: sentenceFor(weakness, policy) })
}

function sentenceFor(weakness: PasswordWeakness, { minLength }: PasswordPolicy): (texts: Texts) => string {
  return ({ passwordLogin: { faults } }) => {
    if (weakness === 'too_short') return faults.shortPassword({ minLength })
    return weakness === 'compromised' ? faults.compromisedPassword : faults.unusablePassword
  }
}
