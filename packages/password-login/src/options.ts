import { safeReturnTo } from '@latchkey/guard'
import * as o from '@latchkey/options'
import type { Store } from '@latchkey/store'
import type { VerifyPassword } from '@latchkey/passwords'
import { type ThrottleLimits, throttleLimits } from '@latchkey/throttle'
import { type AccountOptions, accountOption, type ResolvedAccount, resolveAccount } from './account/options.ts'
import { type RememberMeOptions, rememberMe, rememberMeOption } from './remember-me.ts'
import type { LoginSettings } from './login-settings.ts'
import type { OnPasswordLogin } from './on-login.ts'
import type { RenderPasswordLoginPage } from './pages.ts'
import type { Sessions } from './session.ts'

/**
 * The options of the login with a password. A wrong option stops the server from starting, with an error that contains the fix.
 *
 * @example
 * ```ts
 * await app.register(passwordLogin, { store, verifyPassword: argon2Passwords({ findUser }) })
 * ```
 */
export interface PasswordLoginOptions {
  /** Checks a password: `argon2Passwords({ findUser })` of `@latchkey/passwords`, or a function of your own. */
  verifyPassword: VerifyPassword
  /** Counts the failures of all processes, and keeps the links of mails: any store of `@latchkey/store`. */
  store: Pick<Store, 'throttle'> & Partial<Pick<Store, 'clock' | 'check' | 'records'>>
  /**
   * The public origin of this server, such as `https://app.example.com`: https, or http on loopback. A browser that does not send
   * `Sec-Fetch-Site` may log in only from a page of this origin. Never taken from a request. Default: that of `app.sessions`.
   */
  origin?: string | undefined
  /** The path of the page where users log in. The form is posted to the path `/password` below it. Default: `/login`. */
  loginPath?: string | undefined
  /** The path that a login ends at if it has no `returnTo`. Default: `/`. */
  returnTo?: string | undefined
  /** The kind of name that users log in with, for the label and the keyboard of the form. Default: `'username'`. */
  loginName?: 'username' | 'email' | undefined
  /**
   * Whether users choose if they stay logged in: the lifetimes of both kinds of session. `false`: there is no choice, and each
   * session has the lifetime and the cookie of `@latchkey/session`. Default: `true`, with the lifetimes of `@latchkey/session`.
   *
   * @example rememberMe: { notRemembered: { idle: 3600, absolute: 43_200 } }
   */
  rememberMe?: boolean | RememberMeOptions | undefined
  /**
   * Chooses the scopes and the claims of the session, after the password was verified. Time limit: ten seconds. Default: the
   * scopes that `verifyPassword` returned, and no claims.
   *
   * @example onLogin: async ({ subject }) => ({ claims: { name: await nameOf(subject) } })
   */
  onLogin?: OnPasswordLogin | undefined
  /**
   * Routes by which users sign up, verify and change their e-mail address, and reset and change their password. Default: none.
   *
   * @example account: { users: storeUsers(store), sendMail, signUp: true, resetPassword: true, changePassword: true }
   */
  account?: AccountOptions | undefined
  /**
   * Renders pages in the application's own way: from data, told apart by `kind`. The page where users log in is shared with
   * `@latchkey/login`. Default: built-in pages.
   *
   * @example render: (page) => (page.kind === 'account-done' ? { title: page.title, body: html`<p>Done.</p>` } : null)
   */
  render?: RenderPasswordLoginPage | undefined
  /**
   * The number of passwords that may be wrong before the answer is 429; then neither the user nor the password is checked. It
   * cannot be turned off. Default:
   * `{ failures: 10, failuresPerAddress: 100, failuresPerAccount: 100, failuresUnderAttack: 3, window: 900 }`.
   */
  throttle?: Partial<ThrottleLimits> | undefined
  /** How long `verifyPassword` may take before the answer is 503, in seconds. Default: 10. */
  timeout?: number | undefined
  /** The clock of this process in milliseconds since the epoch, for tests. Times are those of `store.clock`. Default: `Date.now`. */
  now?: (() => number) | undefined
}

/** The options with their defaults. */
export interface ResolvedOptions extends LoginSettings {
  readonly verifyPassword: VerifyPassword
  readonly store: PasswordLoginOptions['store']
  /** `null` if there are no routes of the account. */
  readonly account: ResolvedAccount | null
  readonly throttle: ThrottleLimits
  readonly timeout: number
  readonly now: () => number
}

const NAME = '@latchkey/password-login'
const ORIGIN = "be an origin such as 'https://app.example.com': https, or http on loopback"
const RECORD_METHODS = ['create', 'find', 'replace', 'remove', 'removeOwned']
const THROTTLE_METHODS = ['reserve', 'release', 'read', 'reset']

const schemaWith = (timeouts: Sessions['timeouts']) =>
  o.pluginOptions({
    verifyPassword: o.aFunction<VerifyPassword>(),
    store: o.must<PasswordLoginOptions['store']>(
      'have a throttle, as memoryStore() and sqlStore() have',
      (value) => o.isObject(value) && o.hasMethods(value['throttle'], THROTTLE_METHODS)
    ),
    origin: o.optional(o.must<string>(ORIGIN, o.isOrigin)),
    loginPath: o.optional(o.must<string>("be a path such as '/login'", o.isRoutePath), '/login'),
    returnTo: o.optional(o.must<string>("be a path such as '/welcome'", isTarget), '/'),
    loginName: o.optional(o.oneOf('username', 'email'), 'username'),
    rememberMe: rememberMeOption(timeouts),
    onLogin: o.optional(o.aFunction<OnPasswordLogin>()),
    account: accountOption,
    render: o.optional(o.aFunction<RenderPasswordLoginPage>()),
    throttle: o.group({
      failures: o.optional(throttleLimits.failures, 10),
      failuresPerAddress: o.optional(throttleLimits.failures, 100),
      failuresPerAccount: o.optional(throttleLimits.failures, 100),
      failuresUnderAttack: throttleLimits.failuresUnderAttack,
      window: o.optional(throttleLimits.window, 900)
    }),
    timeout: o.optional(o.integer(1, 300, 'seconds'), 10),
    now: o.clock
  })

/**
 * Checks the options and adds the defaults.
 *
 * @param sessions - `app.sessions`, whose origin is used if the options have none, and whose timeouts bound the lifetimes
 * @throws RegistrationError naming the option and the fix
 */
export function resolveOptions(given: PasswordLoginOptions, sessions: Sessions): ResolvedOptions {
  const options = o.checkOptions(NAME, schemaWith(sessions.timeouts), given)
  const origin = options.origin ?? sessions.origin
  if (origin === undefined) {
    throw new o.RegistrationError(
      NAME,
      `origin must ${ORIGIN}; got undefined. Fix: give it to @latchkey/session or here`
    )
  }
  const account = options.account === undefined ? null : resolveAccount(options.account)
  if (account !== null && !o.hasMethods(options.store.records, RECORD_METHODS)) {
    throw new o.RegistrationError(NAME, 'store must have records for the option account, as memoryStore() has')
  }
  return { ...options, origin, account, rememberMe: rememberMe(options.rememberMe) }
}

function isTarget(value: unknown): boolean {
  return typeof value === 'string' && safeReturnTo(value, undefined, '') === value
}
