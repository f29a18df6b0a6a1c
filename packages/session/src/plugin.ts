// Sessions: a sealed cookie for the browser, and a store that can end it.
// https://www.rfc-editor.org/rfc/rfc6265
import { addInspection, requestCredentials } from '@latchkey/guard/plugin'
import { RegistrationError } from '@latchkey/options'
import { deriveKey, fingerprint } from '@latchkey/secrets'
import { superviseStore } from '@latchkey/store'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { activity } from './activity.ts'
import { SCHEME, sessionAuthenticator } from './authenticator.ts'
import { browserSession } from './browser-session.ts'
import { sessionCookie } from './cookie.ts'
import type { FoundSession } from './current-session.ts'
import { openedCookies } from './opened-cookies.ts'
import { resolveOptions, type SessionOptions } from './options.ts'
import { type Sessions, sessionsOf } from './sessions.ts'
import type { SignIn } from './sign-in.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * The sessions of this context: list them, end them, read that of a request.
     *
     * @example const devices = await app.sessions.list(request.principal.subject)
     */
    readonly sessions: Sessions
  }
  interface FastifyReply {
    /**
     * Starts a session for the browser of this reply and sets its cookie at once, so that a handler may stream or hijack
     * afterwards. The session has a new identifier, and the browser's earlier session ends. `request.principal` does not
     * change. Does not check a password.
     *
     * @throws SessionTooLargeError when it does not fit into a cookie; SessionTooLateError when the headers are sent; TypeError
     * for an invalid subject, scopes, claims or other member; the store's error. The browser then keeps its earlier cookie
     *
     * @example await reply.signIn({ subject: 'alice', claims: { name: 'Alice' } })
     */
    signIn(who: SignIn): Promise<void>
    /**
     * Ends the session of the browser of this reply in the store, and clears the cookie. A browser without a session is not an
     * error. Call it on a POST: the guard then refuses requests from other sites.
     *
     * @throws SessionTooLateError; the store's error: the session then continues, and the cookie stays
     *
     * @example await reply.signOut()
     */
    signOut(): Promise<void>
  }
}

const NAME = '@latchkey/session'

const plugin: FastifyPluginAsync<SessionOptions> = async (app, given) => {
  const options = resolveOptions(given)
  if (app.hasDecorator('sessions')) {
    throw new RegistrationError(NAME, 'the plugin is registered already, in this context or in a parent context')
  }
  const supervision = superviseStore(options.store, { now: options.now, log: app.log })
  // The store's time: other processes use the same cookies and sessions.
  const settings = { ...options, seconds: supervision.seconds }
  const cookie = await sessionCookie(settings.cookie)
  const sealer = await settings.codec.open(
    settings.secrets.map((secret) => deriveKey(secret, `latchkey: session cookie ${cookie.name}`))
  )
  const cookies = openedCookies(cookie, sealer, settings)
  const current = requestCredentials<FoundSession>(SCHEME)
  const browser = browserSession({ ...settings, cookie, cookies, sealer })

  app.guard.addAuthenticator(
    sessionAuthenticator({
      ...settings,
      cookieName: cookie.name,
      cookies,
      current,
      activity: activity(settings.sessions, settings)
    })
  )
  const sessions = sessionsOf({ ...settings, cookies, current, browser, log: app.log })
  app.decorate('sessions', sessions)
  app.guard.addRevocation({ name: NAME, first: true, revokeAll: async (subject) => sessions.revokeAll(subject) })
  addInspection(app, {
    plugin: NAME,
    facts: () => ({
      origin: settings.origin ?? null,
      cookie: settings.cookie,
      secrets: settings.secrets.map(fingerprint),
      store: supervision.facts()
    })
  })
  app.decorateReply('signIn', function (this: FastifyReply, who: SignIn) {
    return browser.signIn(this, who)
  })
  app.decorateReply('signOut', function (this: FastifyReply) {
    return browser.signOut(this)
  })
  app.addHook('onReady', supervision.start)
  // Not awaited: the load continues in the background while the server starts to listen.
  app.addHook('onReady', async () => void sealer.prepare?.())
  app.addHook('onClose', async () => supervision.stop())
  // With one secret, no session is sealed with an older one, so the hook is not needed. It runs at the end of a request: a handler
  // may have signed in by then, and this cookie must not replace that of the new session.
  if (settings.secrets.length > 1) {
    app.addHook('onSend', (request, reply, _payload, done) => {
      const found = current.of(request)
      if (!found?.opened.isStale) return done()
      return browser.sealAgain(reply, found.opened)
    })
  }
}

/**
 * Accepts session cookies on the routes of its guard, and adds `reply.signIn()`, `reply.signOut()` and `app.sessions`. Does not
 * log in users itself.
 *
 * @throws RegistrationError for a wrong option, and when the context has sessions already; CodecUnavailableError. `app.ready()`
 * rejects with the store's StoreSetupError when its tables are missing or too new
 *
 * @example
 * ```ts
 * await app.register(guard)
 * await app.register(session, { secrets: [process.env.SESSION_SECRET], store: memoryStore(), origin: 'https://app.example.com' })
 * app.post('/sign-in', { config: { access: everyone } }, async (_request, reply) => {
 *   await reply.signIn({ subject: 'alice' })
 *   return reply.redirect('/', 303)
 * })
 * ```
 */
const session: FastifyPluginAsync<SessionOptions> = fp(plugin, {
  name: NAME,
  fastify: '5.x',
  dependencies: ['@latchkey/guard']
})
export default session
