import cookie from '@fastify/cookie'
import type { FastifyOAuth2Options } from '@fastify/oauth2'
import { lateModule } from '@latchkey/promises'
import Fastify from 'fastify'

/** The part of `@fastify/oauth2` that is used here, which its types leave out. */
export interface Engine {
  readonly oauth2: {
    authorizeURL(parameters: Readonly<Record<string, string>>): string
    getToken(parameters: Readonly<Record<string, string>>): Promise<EngineToken>
    createToken(token: Readonly<Record<string, string>>): EngineToken
  }
}

/** An answer of the token endpoint. */
export interface EngineToken {
  /** The bytes of the answer as members with numbers as names, since the engine does not parse it. */
  readonly token: object
  refresh(): Promise<EngineToken>
  revoke(type: string): Promise<unknown>
}

// It takes longer to load than all of this package, and a server starts without it.
const engine = lateModule('@fastify/oauth2', async () => (await import('@fastify/oauth2')).default)

/** Passes the options to the engine. Call it only once. */
export type StartEngine = (options: FastifyOAuth2Options) => Promise<Engine>

/**
 * Loads `@fastify/oauth2`, and boots a server for one instance of it. The server never listens. It takes no options, so it can boot before
 * the endpoints of the provider are known. The remaining work then takes a fifth of the time.
 */
export async function bootEngine(): Promise<StartEngine> {
  const oauth2 = await engine.get()
  const server = Fastify()
  // Otherwise the engine would register it later.
  await server.register(cookie)
  return async (options) => {
    await server.register(oauth2, options)
    await server.ready()
    return server.getDecorator<Engine>(options.name)
  }
}
