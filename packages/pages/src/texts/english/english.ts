import type { Texts } from '../texts.ts'
import { authorization } from './authorization.ts'
import { login } from './login.ts'
import { passwordLogin } from './password-login.ts'

/** The texts of the pages in English: the default. */
export const english: Texts = { language: 'en', direction: 'ltr', login, passwordLogin, authorization }
