import { safeReturnTo } from '@latchkey/guard'
import {
  formMarkup,
  html,
  type LogInForm,
  type Markup,
  type PageField,
  type PartContent,
  type Texts
} from '@latchkey/pages'
import type { AccountPaths } from '../account/paths.ts'
import { faultOfForm, type Field, type FormFault, hiddenOf, pageField } from '../form/field.ts'
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
  /** The pages for users who cannot log in. */
  readonly paths: Pick<AccountPaths, 'resetPassword' | 'signUp'>
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
export function loginForm(settings: FormSettings, asked: Asked, failed: FailedForm | null, texts: Texts): PartContent {
  const { loginName, action, origin } = settings
  const fault = failed?.fault ?? null
  const field = (each: Field, value: string): PageField => pageField(each, value, { fault, focused: 'password', texts })
  // Kept for the login itself, and for the links to other pages on a page that shows the form again.
  const returnTo = asked.returnTo === undefined ? undefined : safeReturnTo(asked.returnTo, origin, settings.returnTo)
  const prompt = PROMPTS.find((known) => known === asked.prompt)
  const form: LogInForm = {
    action,
    hidden: hiddenOf({ returnTo, prompt }),
    fields: [field(loginNameField(loginName), failed?.username ?? ''), field(passwordField, '')],
    button: texts.passwordLogin.logIn,
    error: faultOfForm(fault, texts),
    remember: rememberOf(settings, failed, texts),
    links: linksOf(settings, returnTo, texts)
  }
  return { ...html`${formMarkup(form, checkbox(form))}\n${form.links.map(linkMarkup)}`, form }
}

function rememberOf(
  { remember }: FormSettings,
  failed: FailedForm | null,
  { passwordLogin: { stayLoggedIn: label } }: Texts
): LogInForm['remember'] {
  return remember && { label, isChecked: failed?.isRemembered ?? remember.checked }
}

function checkbox({ remember }: LogInForm): Markup {
  if (remember === null) return html``
  const { label, isChecked } = remember
  return html`<label class="check"><input type="checkbox" name="remember"${isChecked ? html` checked` : html``}> ${label}</label>`
}

function linksOf(
  { paths: { resetPassword, signUp } }: FormSettings,
  returnTo: string | undefined,
  { passwordLogin: { forgotPassword, createAccount } }: Texts
): LogInForm['links'] {
  const query = returnTo === undefined ? '' : `?${new URLSearchParams({ returnTo }).toString()}`
  return [
    ...(resetPassword === null ? [] : [{ url: resetPassword + query, text: forgotPassword }]),
    ...(signUp === null ? [] : [{ url: signUp + query, text: createAccount }])
  ]
}

function linkMarkup({ url, text }: LogInForm['links'][number]): Markup {
  return html`<p><a href="${url}">${text}</a></p>`
}
