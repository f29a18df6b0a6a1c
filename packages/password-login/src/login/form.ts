import { safeReturnTo } from '@latchkey/guard'
import { html, type Markup } from '@latchkey/pages'
import type { LoginField } from '../errors.ts'
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
}

/** The state of a form after an attempt. */
export interface FailedForm {
  /** A sentence for the user about the attempt. */
  readonly message: string
  /** The field that is missing; `undefined` if the message is about the whole form. */
  readonly field: LoginField | undefined
  /** Whether the name or the password is wrong. */
  readonly isWrong: boolean
  readonly username: string
  readonly isRemembered: boolean | null
}

const PROMPTS: readonly string[] = ['login', 'select_account', 'consent']
const NAMES = {
  username: { label: 'User name', missing: 'Enter your user name.', keyboard: 'text' },
  email: { label: 'E-mail address', missing: 'Enter your e-mail address.', keyboard: 'email' }
} as const

/**
 * Returns the form. It works without JavaScript. The name that was typed is filled in again, and the password never is.
 *
 * @param asked - the parameters of the page, unchecked
 * @param failed - the attempt that failed; `null` for a new form
 */
export function loginForm(settings: FormSettings, asked: Asked, failed: FailedForm | null): Markup {
  const { label, missing, keyboard } = NAMES[settings.loginName]
  const faultOf = (field: LoginField, text: string): Markup =>
    failed?.field === field ? html`<p class="fault" id="${field}-fault">${text}</p>` : html``
  const stateOf = (field: LoginField): Markup => {
    if (failed === null || !(failed.isWrong || failed.field === field)) return html``
    const focus = (failed.field ?? 'password') === field ? html` autofocus` : html``
    return html` aria-invalid="true" aria-describedby="${failed.isWrong ? 'login-fault' : `${field}-fault`}"${focus}`
  }
  return html`<form method="post" action="${settings.action}">
${failed === null || failed.field !== undefined ? html`` : html`<p class="fault" id="login-fault" role="alert">${failed.message}</p>`}
${hidden(settings, asked)}
<label for="username">${label}</label>
<input id="username" name="username" value="${failed?.username ?? ''}" required maxlength="256" autocomplete="username"
inputmode="${keyboard}" autocapitalize="none" spellcheck="false"${stateOf('username')}>
${faultOf('username', missing)}
<label for="password">Password</label>
<input id="password" name="password" type="password" required autocomplete="current-password"${stateOf('password')}>
${faultOf('password', 'Enter your password.')}
${checkbox(settings, failed)}
<button class="button main">Log in</button></form>`
}

function checkbox({ remember }: FormSettings, failed: FailedForm | null): Markup {
  if (remember === null) return html``
  const isChecked = failed?.isRemembered ?? remember.checked
  return html`<label class="check"><input type="checkbox" name="remember"${isChecked ? html` checked` : html``}> Stay logged in</label>`
}

// Kept for the login itself, and for the links to providers on a page that shows the form again.
function hidden({ origin, returnTo }: FormSettings, asked: Asked): readonly Markup[] {
  const fields = {
    returnTo: asked.returnTo === undefined ? undefined : safeReturnTo(asked.returnTo, origin, returnTo),
    prompt: PROMPTS.find((prompt) => prompt === asked.prompt)
  }
  return Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [html`<input type="hidden" name="${name}" value="${value}">`]
  )
}
