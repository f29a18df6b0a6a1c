import * as o from '@latchkey/options'
import { hashPassword, type PasswordPolicy, passwordPolicy } from '@latchkey/passwords'
import { type ThrottleLimits, throttleLimits } from '@latchkey/throttle'
import { checkedHash, checkedUsers } from './checked-users.ts'
import type { SendMail } from './mail.ts'
import type { AccountUsers } from './users.ts'

/** The routes of the account. Each is off by default. */
export interface AccountRoutes {
  /** `/login/sign-up`: a visitor proves an e-mail address, then chooses a password, and is logged in. */
  signUp?: boolean | undefined
  /**
   * A user whose address is not verified gets a link at the login, proves the address with the link and the password, and is
   * logged in. Without it, such a user can only reset the password.
   */
  verifyEmail?: boolean | undefined
  /** `/login/reset-password`: a user who forgot the password gets a link, and chooses a new one. */
  resetPassword?: boolean | undefined
  /** `/login/change-password`: a logged-in user chooses a new password. */
  changePassword?: boolean | undefined
  /** `/login/change-email`: a user with a recent login proves another address, which replaces the first. */
  changeEmail?: boolean | undefined
}

/**
 * The option `account`: the routes by which users sign up and manage their password and their address.
 *
 * @example
 * ```ts
 * account: { users: storeUsers(store), sendMail, signUp: true, resetPassword: true, changePassword: true }
 * ```
 */
export interface AccountOptions extends AccountRoutes {
  /** Your users table as a few functions, or `storeUsers(store)`. */
  users: AccountUsers
  /** Sends a mail. */
  sendMail: SendMail
  /**
   * Checks new passwords. Default: `passwordPolicy()` of `@latchkey/passwords`: 15 characters or more, and no list.
   *
   * @example policy: passwordPolicy({ isCompromised: async (password) => leaked.has(password) })
   */
  policy?: PasswordPolicy | undefined
  /**
   * Hashes a new password. Give it if `argon2Passwords()` has other parameters than the default ones, or if you store another
   * form. Default: `hashPassword()` of `@latchkey/passwords`.
   *
   * @example hashPassword: async (password) => hashPassword(password, { memoryCost: 47_104, timeCost: 1 })
   */
  hashPassword?: ((password: string) => Promise<string>) | undefined
  /** How long the link in a mail works, in seconds, from 300 to 86400. An address gets at most 5 links in this time. Default: 3600. */
  linkLifetime?: number | undefined
  /**
   * How many mails one client address may ask for, before the answer is 429. Default:
   * `{ failures: 10, failuresPerAddress: 30, window: 3600 }`: 10 to one e-mail address, and 30 in all, in an hour.
   */
  throttle?: Partial<Pick<ThrottleLimits, 'failures' | 'failuresPerAddress' | 'window'>> | undefined
}

/** The option, checked. */
interface CheckedAccount extends Readonly<Record<keyof AccountRoutes, boolean>> {
  readonly users: AccountUsers
  readonly sendMail: SendMail
  readonly policy: PasswordPolicy
  readonly hashPassword: (password: string) => Promise<string>
  readonly linkLifetime: number
  readonly throttle: ThrottleLimits
}

/** The option with its defaults. */
export interface ResolvedAccount extends CheckedAccount {
  readonly users: Required<AccountUsers>
}

const NAME = '@latchkey/password-login'
const off = o.optional(o.flag, false)

/** The functions of `users` that each route calls, beside the two that find users. */
const NEEDED = {
  signUp: ['createUser'],
  verifyEmail: ['setVerified'],
  resetPassword: ['setPassword', 'setVerified'],
  changePassword: ['setPassword'],
  changeEmail: ['setVerified']
} as const
const ROUTES = Object.keys(NEEDED) as (keyof AccountRoutes)[] // the type of keys() is text

/** The schema of the option. */
export const accountOption: o.Schema<CheckedAccount | undefined> = o.optional(
  o.members({
    users: o.must<AccountUsers>('have the functions findByEmail and findBySubject', (value) =>
      o.hasMethods(value, ['findByEmail', 'findBySubject'])
    ),
    sendMail: o.aFunction<SendMail>(),
    policy: o.optional(o.must<PasswordPolicy>('be the result of passwordPolicy()', isPolicy), passwordPolicy()),
    hashPassword: o.optional(o.aFunction<(password: string) => Promise<string>>(), hashPassword),
    linkLifetime: o.optional(o.integer(300, 86_400, 'seconds'), 3600),
    throttle: o.group({
      failures: o.optional(throttleLimits.failures, 10),
      failuresPerAddress: o.optional(throttleLimits.failures, 30),
      window: o.optional(throttleLimits.window, 3600)
    }),
    signUp: off,
    verifyEmail: off,
    resetPassword: off,
    changePassword: off,
    changeEmail: off
  })
)

/**
 * Checks that `users` has the functions that the routes call, and adds the defaults.
 *
 * @throws RegistrationError naming the function and the route
 */
export function resolveAccount(account: CheckedAccount): ResolvedAccount {
  const { users } = account
  const routes = ROUTES.filter((name) => account[name])
  if (routes.length === 0) fail(`account must switch on a route: ${ROUTES.join(', ')}`)
  for (const route of routes) {
    const missing = NEEDED[route].find((name) => !o.hasMethods(users, [name]))
    if (missing !== undefined) fail(`account.users.${missing} must be a function, for account.${route}`)
  }
  // Cast: the routes that are on call no other functions.
  const checked = checkedUsers(users as Required<AccountUsers>)
  return { ...account, users: checked, hashPassword: checkedHash(account.hashPassword) }
}

function isPolicy(value: unknown): boolean {
  return o.hasMethods(value, ['weaknessOf']) && Number.isInteger(value['minLength'])
}

function fail(message: string): never {
  throw new o.RegistrationError(NAME, message)
}
