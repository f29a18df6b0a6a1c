import { html, type Markup } from '@latchkey/pages'
import type { LoginField, PasswordLoginError } from '../errors.ts'

/** A text field of a form, with its label. */
export interface Field {
  readonly name: LoginField
  readonly label: string
  /** The sentence for a field that was left empty. */
  readonly missing: string
  readonly type?: 'password' | 'text'
  readonly autocomplete: 'username' | 'email' | 'current-password' | 'new-password'
  readonly keyboard?: 'text' | 'email'
  /** Whether the user can only read the field. */
  readonly isReadOnly?: boolean
  /** A sentence about the field, below its label. */
  readonly hint?: string
}

/** Why a form is shown again: an error, of which nothing private is shown. */
export type FormFault = Pick<PasswordLoginError, 'error' | 'message' | 'field' | 'isMissing'>

/** Returns the sentence above a form that failed as a whole. */
export function faultOfForm(fault: FormFault | null): Markup {
  if (fault === null || fault.field !== undefined) return html``
  return html`<p class="fault" id="form-fault" role="alert">${fault.message}</p>`
}

/**
 * Returns a field with its label, and the fault beside it. A password is never filled in.
 *
 * @param value - the text of the field
 * @param focused - the field that has the focus when the whole form is wrong
 */
export function fieldMarkup(field: Field, fault: FormFault | null, value: string, focused: LoginField): Markup {
  const { name, label, missing, type = 'text', autocomplete, isReadOnly = false, hint } = field
  const text = type === 'password' ? html` type="password" required` : html` value="${value}" required maxlength="256"`
  const keyboard =
    field.keyboard === undefined
      ? html``
      : html`
inputmode="${field.keyboard}" autocapitalize="none" spellcheck="false"`
  const sentence = fault?.isMissing ? missing : (fault?.message ?? '')
  const faulty = fault?.field === name ? html`<p class="fault" id="${name}-fault">${sentence}</p>` : html``
  return html`<label for="${name}">${label}</label>
${
  hint === undefined
    ? html``
    : html`<p class="quiet" id="${name}-hint">${hint}</p>
`
}<input id="${name}" name="${name}"${text} autocomplete="${autocomplete}"${keyboard}${isReadOnly ? html` readonly` : html``}${stateOf(field, fault, focused)}>
${faulty}`
}

function stateOf({ name, hint }: Field, fault: FormFault | null, focused: LoginField): Markup {
  // Both fields are marked, because the answer must not tell which of them is wrong.
  const isWrong = fault?.error === 'invalid_credentials' && fault.field === undefined
  const isFaulty = fault !== null && (isWrong || fault.field === name)
  const described = [
    ...(hint === undefined ? [] : [`${name}-hint`]),
    ...(isFaulty ? [isWrong ? 'form-fault' : `${name}-fault`] : [])
  ].join(' ')
  const description = described === '' ? html`` : html` aria-describedby="${described}"`
  if (!isFaulty) return description
  const focus = (fault.field ?? focused) === name ? html` autofocus` : html``
  return html` aria-invalid="true"${description}${focus}`
}

/** Returns hidden fields, without those that have no value. */
export function hiddenFields(values: Readonly<Record<string, string | undefined>>): readonly Markup[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [html`<input type="hidden" name="${name}" value="${value}">`]
  )
}
