export {
  type LoginField,
  PasswordLoginError,
  type PasswordLoginErrorCode,
  type PasswordLoginErrorDetail
} from './errors.ts'
export { RegistrationError } from '@latchkey/options'
export type { PasswordFailure, PasswordSessionEvent } from './events.ts'
export type { PasswordAttempts } from './login/attempts.ts'
export type { RememberMeLifetime, RememberMeOptions } from './login/remember-me.ts'
export type { PasswordCredentials, VerifiedUser, VerifyPassword } from './login/verify-password.ts'
export type { PasswordLoginOptions } from './options.ts'
export type { PasswordLogin } from './plugin.ts'
export { default } from './plugin.ts'
