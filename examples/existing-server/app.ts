import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import autoload from '@fastify/autoload'
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import { secretOf } from '../secret.ts'
import { stopOnSignal } from '../stopping.ts'
import { PASSWORD } from './shared/tables.ts'

/** The server before the migration, or after it. */
export type State = 'before' | 'after'

/** A server of tasks: all of shared/, and what before/ or after/ adds. */
export async function build(state: State, app: FastifyInstance): Promise<FastifyInstance> {
  const folder = (name: string) => path.join(import.meta.dirname, name)
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { statusCode = 500 } = error
    if (statusCode >= 500) request.log.error(error)
    return reply.code(statusCode).send({ message: statusCode < 500 ? error.message : 'Internal Server Error' })
  })
  await app.register(autoload, { dir: folder('shared/plugins') })
  await app.register(autoload, { dir: folder(`${state}/plugins`) })
  await app.register(autoload, { dir: folder('shared/routes') })
  await app.register(autoload, { dir: folder(`${state}/routes`), autoHooks: true, cascadeHooks: true })
  return app
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { env } = process
  const port = Number(env.PORT ?? 3000)
  const data = path.join(import.meta.dirname, '../../.data')
  await mkdir(data, { recursive: true, mode: 0o700 })
  env.ORIGIN ??= `http://localhost:${port}`
  env.DATABASE_FILE ??= path.join(data, 'tasks.sqlite')
  env.SESSION_FILE ??= path.join(data, 'sessions.sqlite')
  env.SESSION_SECRET ??= await secretOf(env, 'SESSION_SECRET')
  env.FASTIFY_AUTOLOAD_TYPESCRIPT = '1'
  const state = process.argv[2] === 'before' ? 'before' : 'after'
  const app = Fastify({
    logger: { level: 'warn' },
    ajv: { customOptions: { coerceTypes: 'array', removeAdditional: 'all' } }
  })
  stopOnSignal(app)
  await build(state, app)
  await app.listen({ port, host: 'localhost' })
  console.log(`Open ${env.ORIGIN}/api/docs. user@, moderator@ and admin@example.com log in with ${PASSWORD}`)
}
