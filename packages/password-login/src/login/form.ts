import { safeReturnTo } from '@latchkey/guard'
import { html, type Markup } from '@latchkey/pages'
import { faultOfForm, type Field, fieldMarkup, type FormFault, hiddenFields } from '../form/field.ts'
import { loginNameField, passwordField } from '../form/fields.ts'
import type { Asked } from './credentials.ts'

/** The settings of the form. */
export interface FormSettings {
  /** The path that the form is posted to. */
  readonly action: string
  readonly origin: string
  readonly returnTo: string
  readonly loginName: 'username' | 'email'
  /** Whether "remember me" is ticked at first; `null` if there is no such choice. */
  readonly remember: { readonly checked: boolean } | null
  /** The pages for users who cannot log in: their paths and their names. */
  readonly links: readonly { readonly url: string; readonly text: string }[]
}

/** The state of a form after an attempt. */
export interface FailedForm {
  readonly fault: FormFault
  readonly username: string
  readonly isRemembered: boolean | null
}

const PROMPTS: readonly string[] = ['login', 'select_account', 'consent']

/**
 * Returns the form. It works without JavaScript. The name that was typed is filled in again, and the password never is.
 *
 * @param asked - the parameters of the page, unchecked
 * @param failed - the attempt that failed; `null` for a new form
 */
export function loginForm(settings: FormSettings, asked: Asked, failed: FailedForm | null): Markup {
  const { loginName, action, origin } = settings
  const fault = failed?.fault ?? null
  const shown = (field: Field, value: string): Markup => fieldMarkup(field, fault, value, 'password')
  // Kept for the login itself, and for the links to other pages on a page that shows the form again.
  const returnTo = asked.returnTo === undefined ? undefined : safeReturnTo(asked.returnTo, origin, settings.returnTo)
  const prompt = PROMPTS.find((known) => known === asked.prompt)
  return html`<form method="post" action="${action}">
${faultOfForm(fault)}
${hiddenFields({ returnTo, prompt })}
${shown(loginNameField(loginName), failed?.username ?? '')}
${shown(passwordField, '')}
${checkbox(settings, failed)}
<button class="button main">Log in</button></form>
${linksTo(settings, returnTo)}`
}

function checkbox({ remember }: FormSettings, failed: FailedForm | null): Markup {
  if (remember === null) return html``
  const isChecked = failed?.isRemembered ?? remember.checked
  return html`<label class="check"><input type="checkbox" name="remember"${isChecked ? html` checked` : html``}> Stay logged in</label>`
}

function linksTo({ links }: FormSettings, returnTo: string | undefined): readonly Markup[] {
  const query = returnTo === undefined ? '' : `?${new URLSearchParams({ returnTo }).toString()}`
  return links.map(({ url, text }) => html`<p><a href="${url + query}">${text}</a></p>`)
}
