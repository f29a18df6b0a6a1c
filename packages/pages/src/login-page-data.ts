import type { Markup } from './html.ts'

/** A text field of a form. */
export interface PageField {
  readonly name: string
  readonly label: string
  readonly type: 'password' | 'text'
  /** The value of the attribute `autocomplete`. */
  readonly autocomplete: string
  /** The value of the attribute `inputmode`; `null` for none. */
  readonly keyboard: 'text' | 'email' | null
  /** The text of the field. Always empty for a password. */
  readonly value: string
  readonly isReadOnly: boolean
  /** A sentence about the field; `null` for none. */
  readonly hint: string | null
  /** The error of the field; `null` for none. */
  readonly error: string | null
  /** Whether the field is to be marked as wrong. It may be without an `error` of its own. */
  readonly isWrong: boolean
  /** Whether the field has the focus at first. */
  readonly hasFocus: boolean
}

/** A form: it must be posted to `action`, with `hidden` and the fields. */
export interface PageForm {
  readonly action: string
  readonly hidden: Readonly<Record<string, string>>
  readonly fields: readonly PageField[]
  /** The text of the button. */
  readonly button: string
  /** The error of the whole form; `null` for none. */
  readonly error: string | null
}

/** The form of the page where users log in. */
export interface LogInForm extends PageForm {
  /** The checkbox `remember`; `null` if there is no such choice. */
  readonly remember: { readonly label: string; readonly isChecked: boolean } | null
  /** The pages for users who cannot log in. */
  readonly links: readonly { readonly url: string; readonly text: string }[]
}

/** A provider that users can log in with. */
export interface ProviderChoice {
  readonly name: string
  readonly displayName: string
  /** The link that begins the login. */
  readonly url: string
  /** The text of the link. */
  readonly text: string
  /** The mark of the provider, an inline SVG; `null` for none. */
  readonly mark: Markup | null
}

/** The page where users log in, as data. */
export interface LogInPage {
  readonly kind: 'log-in'
  /** The form for a password; `null` without `@latchkey/password-login`. */
  readonly form: LogInForm | null
  /** The providers of `@latchkey/login`. */
  readonly providers: readonly ProviderChoice[]
  /** All parts of the page as built-in HTML, in their order: to put something around them. */
  readonly parts: readonly Markup[]
}
