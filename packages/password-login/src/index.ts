export {
  type LoginField,
  PasswordLoginError,
  type PasswordLoginErrorCode,
  type PasswordLoginErrorDetail
} from './errors.ts'
export type { AccountChangedEvent, AccountMailEvent } from './account/events.ts'
export { normalizeEmail } from './account/email.ts'
export type { AccountMail, SendMail } from './account/mail.ts'
export type { AccountOptions, AccountRoutes } from './account/options.ts'
export type { AccountPaths } from './account/paths.ts'
export { storeUsers, type StoreUsers } from './account/store-users.ts'
export type { AccountUser, AccountUsers, NewUser } from './account/users.ts'
export { RegistrationError } from '@latchkey/options'
export type { PasswordRequestEvent } from './events.ts'
export type { OnPasswordLogin, PasswordLoginDecision } from './on-login.ts'
export type { RememberMeLifetime, RememberMeOptions } from './remember-me.ts'
export type { PasswordLoginOptions } from './options.ts'
export type {
  AccountDonePage,
  AccountFormName,
  AccountFormPage,
  LinkFaultPage,
  PasswordLoginPage,
  RenderPasswordLoginPage
} from './pages.ts'
export type { PasswordLogin } from './plugin.ts'
export { default } from './plugin.ts'
