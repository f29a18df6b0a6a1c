// Sessions: a sealed cookie for the browser, and a store that can end it.
// https://www.rfc-editor.org/rfc/rfc6265
import { deriveKey, superviseStore } from '@latchkey/store'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { activity } from './activity.ts'
import { sessionAuthenticator } from './authenticator.ts'
import { browserSession } from './browser-session.ts'
import { sessionCookie } from './cookie.ts'
import { currentSessions } from './current-session.ts'
import { RegistrationError } from './errors.ts'
import { openedCookies } from './opened-cookies.ts'
import { resolveOptions, type SessionOptions } from './options.ts'
import { type Sessions, sessionsOf } from './sessions.ts'
import type { SignIn } from './sign-in.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The sessions of this context. */
    readonly session: Sessions
  }
  interface FastifyReply {
    /**
     * Begins a session for the browser that this reply goes to and sets its cookie: at once, so that a handler may stream or
     * hijack afterwards. It has a new identifier, and the session that the browser had before ends. `request.principal` stays
     * who asked. Does not check any password.
     *
     * @throws SessionTooLargeError when it does not fit into a cookie; SessionTooLateError when the headers are sent;
     * TypeError for a subject, scopes or claims that are none; what the store rejects with. The browser then keeps what it has
     */
    signIn(who: SignIn): Promise<void>
    /**
     * Ends the session of the browser that this reply goes to, in the store, and clears the cookie. A browser without one is no
     * error. Do this on a POST: the guard then refuses requests from other sites.
     *
     * @throws SessionTooLateError; what the store rejects with: the session then goes on, and the cookie stays
     */
    signOut(): Promise<void>
  }
}

const plugin: FastifyPluginAsync<SessionOptions> = async (app, given) => {
  const options = resolveOptions(given)
  if (app.hasDecorator('session')) throw new RegistrationError()
  const supervision = superviseStore(options.store, { now: options.now, log: app.log })
  // Cookies and sessions are judged by other processes too: in whole seconds of the store's time.
  const settings = { ...options, now: () => Math.floor(supervision.now() / 1000) }
  const cookie = await sessionCookie(settings.cookie)
  const sealer = await settings.codec.open(
    settings.keys.map((key) => deriveKey(key, `latchkey: session cookie ${cookie.name}`))
  )
  const cookies = openedCookies(cookie, sealer, settings)
  const current = currentSessions(settings)
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
  app.decorate('session', sessionsOf({ ...settings, cookies, current, log: app.log }))
  app.decorateReply('signIn', function (this: FastifyReply, who: SignIn) {
    return browser.signIn(this, who)
  })
  app.decorateReply('signOut', function (this: FastifyReply) {
    return browser.signOut(this)
  })
  app.addHook('onReady', supervision.start)
  app.addHook('onClose', async () => supervision.stop())
  // With one key nothing is ever sealed with an older one, and no request has to pass this. It is for the end of a request:
  // by then the browser may have another session, which a cookie of this one would replace.
  if (settings.keys.length > 1) {
    app.addHook('onSend', (request, reply, _payload, done) => {
      const opened = current.opened(request)
      if (!opened?.isStale) return done()
      return browser.sealAgain(reply, opened)
    })
  }
}

/**
 * Honours session cookies on the routes of its guard, and gives `reply.signIn()`, `reply.signOut()` and `app.session`. Does
 * not log anybody in by itself.
 *
 * @throws InvalidOptionError; CodecUnavailableError; RegistrationError when the context has sessions already. `app.ready()`
 * rejects with the store's StoreSetupError when its tables are missing or too new
 */
const session: FastifyPluginAsync<SessionOptions> = fp(plugin, {
  name: '@latchkey/session',
  fastify: '5.x',
  dependencies: ['@latchkey/guard']
})
export default session
