import type { FastifyInstance } from 'fastify'
import type { Watched } from './inventory.ts'
import { rootOf } from './root-of.ts'
import { alternatives, isAccessRule } from './rules.ts'

/** A route whose own rule is not enforced. */
export interface UnguardedRoute {
  readonly method: string | readonly string[]
  readonly url: string
}

/**
 * Returns a function that lists the routes of the server that have a rule of their own, in contexts without a guard. That is a
 * mistake: the plugin that registers the guard was not wrapped in `fastify-plugin`. If the guard was imported after the server
 * was created, only routes after this call are seen. Routes that admit everyone are not listed.
 */
export function unguardedRoutes(app: FastifyInstance, { routes, wasHeard }: Watched): () => readonly UnguardedRoute[] {
  const later: Watched['routes'][number][] = []
  if (!wasHeard) {
    rootOf(app).addHook('onRoute', function (options) {
      later.push({ key: options, context: this, options, method: options.method, url: options.url })
    })
  }
  return () =>
    [...routes, ...later].filter(
      ({ context, options }) => !context.hasDecorator('guard') && isDemanding(options.config?.access)
    )
}

function isDemanding(access: unknown): boolean {
  return isAccessRule(access) && alternatives(access).every(({ authenticated }) => authenticated)
}
