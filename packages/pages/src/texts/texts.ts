import type { AuthorizationTexts } from './authorization.ts'
import type { LoginTexts } from './login.ts'
import type { PasswordLoginTexts } from './password-login.ts'

/**
 * All texts of the pages in one language. A text with parameters is a function; its result is escaped, so it may contain the
 * parameters as they are. Change single texts by spreading a dictionary.
 *
 * @example
 * ```ts
 * const ours: Texts = { ...english, login: { ...english.login, title: 'Sign in' } }
 * ```
 */
export interface Texts {
  /** The language, as `lang` and `Content-Language` name it: a tag of BCP 47, such as `de` or `pt-BR`. */
  readonly language: string
  /** The direction of writing: `'rtl'` for Arabic, Hebrew and so on. */
  readonly direction: 'ltr' | 'rtl'
  /** The pages of `@latchkey/login`, and the page that it shares with `@latchkey/password-login`. */
  readonly login: LoginTexts
  /** The pages of `@latchkey/password-login`. */
  readonly passwordLogin: PasswordLoginTexts
  /** The pages of `@latchkey/authorization-endpoint`. */
  readonly authorization: AuthorizationTexts
}
