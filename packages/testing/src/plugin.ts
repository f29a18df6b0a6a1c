// A route through which as() signs in with reply.signIn(), so that tests have real session cookies.
import { randomUUID } from 'node:crypto'
import { pathIn } from '@latchkey/guard/plugin'
import { checkOptions, pluginOptions, RegistrationError } from '@latchkey/options'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifySchema } from 'fastify'
import fp from 'fastify-plugin'
import { refuseProduction } from './production.ts'
import type { TestPrincipal } from './principal.ts'

const NAME = '@latchkey/testing'
const TICKET = 'x-latchkey-testing'
const kit = Symbol('@latchkey/testing')

/** The path of the route, without the prefix of its context. */
export const SIGN_IN_PATH = '/latchkey-testing/sign-in'

/** One sign-in that a test asked for. It is passed in memory: a request carries only its random name. */
interface Ticket {
  readonly principal: TestPrincipal
  failure?: unknown
}

interface Kit {
  readonly url: string
  readonly tickets: Map<string, Ticket>
}

/** A reply of a context with `@latchkey/session`. */
interface SigningReply extends FastifyReply {
  signIn(who: Omit<TestPrincipal, 'session' | 'issuer'>): Promise<void>
}

// Cast: @fastify/swagger adds the member to the type, and may not be installed.
const HIDDEN = { hide: true } as FastifySchema

const schema = pluginOptions({})

async function plugin(app: FastifyInstance, given: object): Promise<void> {
  refuseProduction(NAME)
  checkOptions(NAME, schema, given)
  const tickets = new Map<string, Ticket>()
  app.decorate(kit, { url: pathIn(app, SIGN_IN_PATH), tickets } satisfies Kit)
  app.route({
    method: 'POST',
    url: SIGN_IN_PATH,
    schema: HIDDEN,
    config: { access: { kind: 'noAuthentication' }, otherRules: 'ignored' },
    logLevel: 'silent',
    async handler(request, reply) {
      const name = String(request.headers[TICKET])
      const ticket = tickets.get(name)
      // Each works once, and only this process can make one.
      tickets.delete(name)
      if (ticket === undefined) return reply.code(404).send()
      const { subject, scopes, claims, roles, authenticatedAt } = ticket.principal
      try {
        // Cast: the hook below requires @latchkey/session.
        await (reply as SigningReply).signIn({ subject, scopes, claims, roles, authenticatedAt })
      } catch (error) {
        ticket.failure = error
      }
      return reply.code(204).send()
    }
  })
  app.addHook('onReady', async () => {
    if (app.hasReplyDecorator('signIn')) return
    throw new RegistrationError(
      NAME,
      'this context has no sessions. Fix: register it where @latchkey/session is registered'
    )
  })
}

/**
 * Signs a principal in, and returns the `Set-Cookie` lines of the answer.
 *
 * @throws RegistrationError when the plugin is not registered; the errors of `reply.signIn()`; Error when a hook of the server stops
 * the request
 */
export async function signIn(
  caller: string,
  app: FastifyInstance,
  principal: TestPrincipal
): Promise<readonly string[]> {
  if (!app.hasDecorator(kit)) {
    throw new RegistrationError(
      caller,
      'sessions need the plugin. Fix: await app.register(testing) where @latchkey/session is registered, before the server is ready'
    )
  }
  const { url, tickets } = app.getDecorator<Kit>(kit)
  const name = randomUUID()
  const ticket: Ticket = { principal }
  tickets.set(name, ticket)
  const { statusCode, headers } = await app.inject({ method: 'POST', url, headers: { [TICKET]: name } })
  if (ticket.failure !== undefined) throw ticket.failure as Error // cast: reply.signIn() rejects with errors
  const cookies = headers['set-cookie']
  if (cookies !== undefined) return [cookies].flat()
  throw new Error(`The sign-in of the test was answered with ${statusCode}: a hook of the server stopped it`)
}

/** Whether the plugin is registered in a context. */
export function canSignIn(app: FastifyInstance): boolean {
  return app.hasDecorator(kit)
}

/**
 * The plugin that lets `as()` and {@link assertRefusesForgeries} sign in. Tokens do not need it. Register it in the test, in the
 * context of `@latchkey/session`, before the server is ready. It adds the route `POST /latchkey-testing/sign-in`, which answers
 * 404 to every request that does not come from this package in the same process. It has no options.
 *
 * @throws RegistrationError when `NODE_ENV` is `production`, and for an option. `app.ready()` rejects with it when the context has
 * no sessions
 *
 * @example
 * ```ts
 * const app = await build()
 * await app.register(testing)
 * ```
 */
const testing: FastifyPluginAsync = fp(plugin, { name: NAME, fastify: '5.x' })
export default testing
