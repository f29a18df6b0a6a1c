// The plugin for login with a password, into a session. Its form is safe against login CSRF by the origin of the request.
// https://pages.nist.gov/800-63-4/sp800-63b.html
import { addInspection, pathIn } from '@latchkey/guard/plugin'
import { RegistrationError } from '@latchkey/options'
import { type PasswordAttempts, passwordAttempts, prepareHashing } from '@latchkey/passwords'
import { superviseStore } from '@latchkey/store'
import { throttles } from '@latchkey/throttle'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { formContext } from './form/context.ts'
import { addLoginRoutes } from './login/routes.ts'
import { accountOf } from './account/make-account.ts'
import { type AccountPaths, accountPaths } from './account/paths.ts'
import { addAccountRoutes } from './account/routes.ts'
import { type PasswordLoginOptions, resolveOptions } from './options.ts'
import { sessionsOf } from './session.ts'

/** The members of `app.passwordLogin`. */
export interface PasswordLogin {
  /** The path of the page where users log in, with its prefix. */
  readonly pageUrl: string
  /** The path that the form and JSON are posted to, with its prefix. */
  readonly url: string
  /** Verifies passwords within the limits of the login, e.g. to confirm the current password. Starts no session. */
  readonly attempts: PasswordAttempts
  /** The paths of the pages of the option `account`, with the prefix: for links on your own pages. */
  readonly accountPaths: AccountPaths
}

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * The login with a password of this context.
     *
     * @example const user = await app.passwordLogin.attempts.attempt({ username, password }, { request })
     */
    readonly passwordLogin: PasswordLogin
  }
}

const NAME = '@latchkey/password-login'

const plugin: FastifyPluginAsync<PasswordLoginOptions> = async (app, given) => {
  const sessions = sessionsOf(app)
  const options = resolveOptions(given, sessions)
  if (Object.hasOwn(app, 'passwordLogin')) {
    throw new RegistrationError(
      NAME,
      'the plugin is registered twice in one context. Fix: give the second a context with a prefix of its own'
    )
  }
  const supervision = superviseStore(options.store, { now: options.now, log: app.log })
  const { forGuessableSecrets, watch } = throttles(app, {
    plugin: NAME,
    realm: options.origin,
    store: options.store.throttle,
    now: supervision.now
  })
  const throttle = forGuessableSecrets('passwords', options.throttle)
  const { verifyPassword, timeout } = options
  const attempts = passwordAttempts({ verifyPassword, throttle, timeout, now: supervision.now })
  const paths = accountPaths(pathIn(app, options.loginPath), options.account)
  const url = `${paths.login}/password`
  const account = accountOf(app, {
    account: options.account,
    records: options.store.records,
    settings: options,
    sessions,
    now: supervision.now,
    attempts,
    paths,
    forGuessableSecrets,
    seconds: supervision.seconds
  })
  app.decorate('passwordLogin', Object.freeze({ pageUrl: paths.login, url, attempts, accountPaths: paths }))
  await formContext(app, watch, (child) => {
    addLoginRoutes(child, { options, sessions, attempts, paths, url, account })
  })
  if (account !== null) await formContext(app, watch, (child) => addAccountRoutes(child, account))
  addInspection(app, { plugin: NAME, facts: () => ({ origin: options.origin, store: supervision.facts() }) })
  app.addHook('onReady', supervision.start)
  // Not awaited: the load continues in the background while the server starts to listen.
  app.addHook('onReady', async () => prepareHashing())
  app.addHook('onClose', async () => {
    supervision.stop()
    await account?.outbox.settled()
  })
}

/**
 * Logs users in with a password: a page with a form at `/login`, and `POST /login/password` for the form and for JSON. Starts a
 * session of `@latchkey/session`. Beside `@latchkey/login`, the form is on the page of the providers.
 *
 * @throws RegistrationError for a wrong option, and when the context has the plugin already
 * @see [NIST SP 800-63B](https://pages.nist.gov/800-63-4/sp800-63b.html)
 *
 * @example
 * ```ts
 * await app.register(guard)
 * await app.register(session, { secrets: [process.env.SESSION_SECRET], store, origin: 'https://app.example.com', loginPath: '/login' })
 * await app.register(passwordLogin, { store, verifyPassword: argon2Passwords({ findUser }) })
 * ```
 */
const passwordLogin: FastifyPluginAsync<PasswordLoginOptions> = fp(plugin, {
  name: NAME,
  fastify: '5.x',
  dependencies: ['@latchkey/guard', '@latchkey/session']
})
export default passwordLogin
