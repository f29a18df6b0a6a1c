import type { Field } from './field.ts'

/** The field for the current password. */
export const passwordField: Field = {
  name: 'password',
  label: 'Password',
  missing: 'Enter your password.',
  type: 'password',
  autocomplete: 'current-password'
}

/** The field for an e-mail address. */
export const emailField: Field = {
  name: 'email',
  label: 'E-mail address',
  missing: 'Enter an e-mail address, such as ada@example.com.',
  autocomplete: 'email',
  keyboard: 'email'
}

/** The field that shows the address of the account. It cannot be changed, and the server does not read it. */
export const ownEmailField: Field = { ...emailField, autocomplete: 'username', isReadOnly: true }

/** Returns the field for the name that users log in with. */
export function loginNameField(loginName: 'username' | 'email'): Field {
  const field = { name: 'username', autocomplete: 'username' } as const
  return loginName === 'email'
    ? { ...field, label: 'E-mail address', missing: 'Enter your e-mail address.', keyboard: 'email' }
    : { ...field, label: 'User name', missing: 'Enter your user name.', keyboard: 'text' }
}

/** Returns the field for a new password. */
export function newPasswordField(minLength: number): Field {
  return {
    name: 'newPassword',
    label: 'New password',
    missing: 'Enter a new password.',
    type: 'password',
    autocomplete: 'new-password',
    hint: `${minLength} characters or more. A sentence that only you know is good.`
  }
}
