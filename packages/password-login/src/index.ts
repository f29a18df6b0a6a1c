export {
  type LoginField,
  PasswordLoginError,
  type PasswordLoginErrorCode,
  type PasswordLoginErrorDetail
} from './errors.ts'
export { RegistrationError } from '@latchkey/options'
export type { PasswordRequestEvent } from './events.ts'
export type { OnPasswordLogin, PasswordLoginDecision } from './on-login.ts'
export type { RememberMeLifetime, RememberMeOptions } from './remember-me.ts'
export type { PasswordLoginOptions } from './options.ts'
export type { PasswordLogin } from './plugin.ts'
export { default } from './plugin.ts'
