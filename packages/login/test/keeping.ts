import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { Identity } from '@latchkey/store'
import type { LoginOptions, Provider, TokensOptions } from '@latchkey/login'
import { type FakeProvider, fakeProvider } from './fake-provider.ts'
import { type Browser, house, type Server, server } from './server.ts'

/** The secret that seals kept tokens, in every process. */
const secret = 'x7TgBqL0sVnMwZyKcRjFhPdU3iXoE1aQ9tWr5v8b2mN'

/** A server that keeps tokens. */
export interface Keeping extends Server {
  readonly provider: FakeProvider
  /** The time, which the test sets. */
  readonly clock: { now: number }
  readonly alice: Browser
}

/** A logged-in browser at a server that keeps tokens, and routes that return the results of `app.login`. */
export async function keeping(
  t: Test,
  options: Partial<LoginOptions> = {},
  data: Partial<Provider> = {}
): Promise<Keeping> {
  const provider = await fakeProvider(t)
  const clock = { now: Date.now() }
  const setting = {
    providers: [{ ...house(provider), ...data }],
    keepTokens: true,
    now: () => clock.now,
    keys: [secret],
    ...options
  }
  const made = await server(t, setting, { prepare: addRoutes })
  const alice = made.browser()
  await alice.login(provider, '/login/house')
  provider.received.length = 0
  return { ...made, provider, clock, alice }
}

/** Adds routes that return the results of `app.login`. */
export function addRoutes(app: FastifyInstance): void {
  app.get('/tokens/:provider', async (request) => {
    const { provider } = request.params as { provider: string } // the route has it
    return { tokens: await app.login.tokens(request, provider, request.query as TokensOptions) } // `refused`, if anything
  })
  app.get('/unlink/:provider/:subject', async (request) => ({
    unlinked: await app.login.unlink(request, request.params as Identity) // the route has both
  }))
  app.get('/userinfo/:provider', async (request) => ({
    userinfo: await app.login.userinfo(request, (request.params as { provider: string }).provider) // the route has it
  }))
}

/** Another process with the same store and the same sessions. */
export async function another(t: Test, { provider, clock, store, sessions }: Keeping): Promise<Server> {
  const setting = { providers: [house(provider)], keepTokens: true, now: () => clock.now, keys: [secret], store }
  const other = await server(t, setting, { prepare: addRoutes })
  for (const [id, session] of sessions) other.sessions.set(id, session)
  return other
}
