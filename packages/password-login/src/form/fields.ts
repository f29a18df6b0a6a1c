import type { PasswordLoginErrorDetail } from '../errors.ts'
import type { Field } from './field.ts'

/** The field for the current password. */
export const passwordField: Field = {
  name: 'password',
  text: 'password',
  type: 'password',
  autocomplete: 'current-password'
}

/** The error of the field for the current password, on pages where the user is known. */
export const WRONG_PASSWORD: PasswordLoginErrorDetail = {
  field: 'password',
  message: ({ passwordLogin: { faults } }) => faults.wrongPassword
}

/** The field for an e-mail address. */
export const emailField: Field = { name: 'email', text: 'email', autocomplete: 'email', keyboard: 'email' }

/** The field that shows the address of the account. It cannot be changed, and the server does not read it. */
export const ownEmailField: Field = { ...emailField, autocomplete: 'username', isReadOnly: true }

/** Returns the field for the name that users log in with. */
export function loginNameField(loginName: 'username' | 'email'): Field {
  const field = { name: 'username', autocomplete: 'username' } as const
  return loginName === 'email'
    ? { ...field, text: 'loginEmail', keyboard: 'email' }
    : { ...field, text: 'username', keyboard: 'text' }
}

/** Returns the field for a new password. */
export function newPasswordField(minLength: number): Field {
  return {
    name: 'newPassword',
    text: 'newPassword',
    type: 'password',
    autocomplete: 'new-password',
    hint: ({ newPasswordHint }) => newPasswordHint({ minLength })
  }
}
