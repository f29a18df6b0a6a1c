import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { FastifyInstance, FastifyPluginAsync, FastifyServerOptions } from 'fastify'

/** The file has no server that can be made. */
export class NoAppError extends Error {
  override readonly name = 'NoAppError'
  readonly code = 'LATCHKEY_CLI_NO_APP'
}

const RUN = 'or add --run, which runs the file as "node" does, until it calls listen()'

/**
 * Makes the server of an app file from its exports: `build()`, a default export that is a server, a function without parameters
 * that returns one, or a plugin.
 *
 * @throws NoAppError naming the fix; the errors of the application
 */
export async function appOfExports(exports: Readonly<Record<string, unknown>>, file: string): Promise<FastifyInstance> {
  // A CommonJS module has its exports in `default` too, once more if a compiler made it from ESM.
  const inner = isRecord(exports['default']) && !isServer(exports['default']) ? exports['default'] : exports
  const main = inner['default']
  const found = inner['build'] ?? main ?? exports['default']
  if (isServer(found)) return found
  if (typeof found !== 'function') {
    throw new NoAppError(`the file exports no server. Fix: export a function build() that returns it, ${RUN}`)
  }
  if (found !== inner['build'] && isPlugin(found)) return ofPlugin(found as FastifyPluginAsync, inner, file)
  if (found.length > 0) {
    throw new NoAppError(`build() must work without arguments. Fix: give its parameters defaults, ${RUN}`)
  }
  const made: unknown = await (found as () => unknown)()
  if (isServer(made)) return made
  throw new NoAppError('build() must return the Fastify server')
}

async function ofPlugin(
  plugin: FastifyPluginAsync,
  exports: Readonly<Record<string, unknown>>,
  file: string
): Promise<FastifyInstance> {
  // The application's own Fastify.
  const { default: Fastify } = (await import(pathToFileURL(createRequire(file).resolve('fastify')).href)) as {
    readonly default: (options: FastifyServerOptions) => FastifyInstance
  }
  // fastify-cli reads the options of the server from the same export.
  const app = Fastify((exports['options'] ?? {}) as FastifyServerOptions)
  app.register(plugin)
  return app
}

function isPlugin(value: object): boolean {
  return (value as { length: number }).length > 0 || Symbol.for('skip-override') in value
}

function isServer(value: unknown): value is FastifyInstance {
  return isRecord(value) && typeof value['inject'] === 'function' && typeof value['ready'] === 'function'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
