import { html, type Markup } from './html.ts'
import type { PageField, PageForm } from './login-page-data.ts'

/** The names of the elements of a form in the style sheet and in `aria-describedby`. */
const FORM_FAULT = 'form-fault'

/**
 * Returns a form as HTML. Errors are beside their fields, and a password is never filled in.
 *
 * @param more - HTML between the fields and the button
 */
export function formMarkup({ action, hidden, fields, button, error }: PageForm, more: Markup = html``): Markup {
  const fault = error === null ? html`` : html`<p class="fault" id="${FORM_FAULT}" role="alert">${error}</p>`
  return html`<form method="post" action="${action}">
${fault}
${hiddenFields(hidden)}
${fields.map(fieldMarkup)}
${more}
<button class="button main">${button}</button></form>`
}

/** Returns hidden fields. */
export function hiddenFields(values: Readonly<Record<string, string>>): readonly Markup[] {
  return Object.entries(values).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)
}

function fieldMarkup(field: PageField): Markup {
  const { name, label, type, value, autocomplete, keyboard, isReadOnly, hint, error } = field
  const text = type === 'password' ? html` type="password" required` : html` value="${value}" required maxlength="256"`
  const typed =
    keyboard === null
      ? html``
      : html`
inputmode="${keyboard}" autocapitalize="none" spellcheck="false"`
  const faulty = error === null ? html`` : html`<p class="fault" id="${name}-fault">${error}</p>`
  const hinted =
    hint === null
      ? html``
      : html`<p class="quiet" id="${name}-hint">${hint}</p>
`
  return html`<label for="${name}">${label}</label>
${hinted}<input id="${name}" name="${name}"${text} autocomplete="${autocomplete}"${typed}${isReadOnly ? html` readonly` : html``}${stateOf(field)}>
${faulty}`
}

function stateOf({ name, hint, error, isWrong, hasFocus }: PageField): Markup {
  const described = [
    ...(hint === null ? [] : [`${name}-hint`]),
    ...(isWrong ? [error === null ? FORM_FAULT : `${name}-fault`] : [])
  ].join(' ')
  const description = described === '' ? html`` : html` aria-describedby="${described}"`
  if (!isWrong) return description
  return html` aria-invalid="true"${description}${hasFocus ? html` autofocus` : html``}`
}
