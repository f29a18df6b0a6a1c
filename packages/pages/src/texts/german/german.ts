import type { Texts } from '../texts.ts'
import { authorization } from './authorization.ts'
import { login } from './login.ts'
import { passwordLogin } from './password-login.ts'

/** The texts of the pages in German, with the formal "Sie". */
export const german: Texts = { language: 'de', direction: 'ltr', login, passwordLogin, authorization }
