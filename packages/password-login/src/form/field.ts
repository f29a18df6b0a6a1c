import type { PageField, PasswordLoginTexts, Texts } from '@latchkey/pages'
import type { LoginField, PasswordLoginError } from '../errors.ts'

/** A text field of a form. */
export interface Field {
  readonly name: LoginField
  /** The texts of the field. */
  readonly text: keyof PasswordLoginTexts['fields']
  readonly type?: 'password' | 'text'
  readonly autocomplete: 'username' | 'email' | 'current-password' | 'new-password'
  readonly keyboard?: 'text' | 'email'
  /** Whether the user can only read the field. */
  readonly isReadOnly?: boolean
  /** Returns a sentence about the field, below its label. */
  readonly hint?: (texts: PasswordLoginTexts) => string
}

/** Why a form is shown again: an error, of which nothing private is shown. */
export type FormFault = Pick<PasswordLoginError, 'error' | 'messageIn' | 'field' | 'isMissing'>

/** Returns the sentence above a form that failed as a whole; `null` for none. */
export function faultOfForm(fault: FormFault | null, texts: Texts): string | null {
  return fault === null || fault.field !== undefined ? null : fault.messageIn(texts)
}

/** A form that is shown. */
interface Shown {
  readonly fault: FormFault | null
  /** The field that has the focus when the whole form is wrong. */
  readonly focused: LoginField
  readonly texts: Texts
}

/**
 * Returns a field of a page, with the fault beside it. A password is never filled in.
 *
 * @param value - the text of the field
 */
export function pageField(field: Field, value: string, { fault, focused, texts }: Shown): PageField {
  const { name, type = 'text', autocomplete, keyboard = null, isReadOnly = false, hint } = field
  const { label, missing } = texts.passwordLogin.fields[field.text]
  const isOfField = fault?.field === name
  // Both fields are marked, because the answer must not tell which of them is wrong.
  const isWrong = isOfField || (fault?.error === 'invalid_credentials' && fault.field === undefined)
  return {
    name,
    label,
    type,
    autocomplete,
    keyboard,
    value: type === 'password' ? '' : value,
    isReadOnly,
    hint: hint?.(texts.passwordLogin) ?? null,
    error: isOfField ? (fault.isMissing ? missing : fault.messageIn(texts)) : null,
    isWrong,
    hasFocus: isWrong && (fault.field ?? focused) === name
  }
}

/** Returns hidden fields, without those that have no value. */
export function hiddenOf(values: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
