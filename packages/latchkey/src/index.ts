export { RegistrationError } from '@latchkey/options'
export {
  type AccessRule,
  allOf,
  anyOf,
  authenticated,
  everyone,
  noAuthentication,
  type Principal,
  recentLogin
} from '@latchkey/guard'
export type { LatchkeyOptions } from './options.ts'
export { default } from './plugin.ts'
