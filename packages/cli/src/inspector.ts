// Runs in the process that loads an app file for the command line. Does nothing in any other process.
import { subscribe } from 'node:diagnostics_channel'
import { pathToFileURL } from 'node:url'
import { inspections } from '@latchkey/guard/plugin'
import type { FastifyInstance } from 'fastify'
import { appOfExports, NoAppError } from './app/app-of-exports.ts'
import {
  type Answer,
  type InjectedRequest,
  type ListedRoute,
  type Order,
  TASK_VARIABLE,
  type Task
} from './app/protocol.ts'

const listed = Symbol('routes of this server')
let isServing = false

const LISTENS =
  'the file calls listen() when it is imported. Fix: call it only if the file is the main program, and export build(), or add --run'

const { [TASK_VARIABLE]: given } = process.env
// The processes that the application starts are its own.
Reflect.deleteProperty(process.env, TASK_VARIABLE)
// Without `await`, so that `require()` can load this file too.
if (given !== undefined) void inspect(JSON.parse(given) as Task)

async function inspect({ file, run }: Task): Promise<void> {
  process.once('disconnect', () => process.exit())
  // The listener would keep the process alive after the end of a program that never listens.
  process.channel?.unref()
  // Also for errors at the top level of the file.
  process.once('uncaughtExceptionMonitor', tellFailure)
  subscribe('fastify.initialization', (message) => {
    const { fastify } = message as { fastify: FastifyInstance } // documented by Fastify
    watch(fastify, run)
  })
  if (run) return
  try {
    await serve(await appOfExports((await import(pathToFileURL(file).href)) as Record<string, unknown>, file))
  } catch (error) {
    end(error)
  }
}

/** Lists the routes of a server, and keeps it from listening. */
function watch(server: FastifyInstance, isRun: boolean): void {
  const routes: ListedRoute[] = []
  server.decorate(listed, routes)
  server.addHook('onRoute', ({ method, url }) => void routes.push({ method, url }))
  server.listen = function (this: FastifyInstance) {
    if (!isRun) end(new NoAppError(LISTENS))
    else if (!isServing) {
      // A program may have several servers, such as one for metrics. The first that listens is inspected.
      isServing = true
      serve(this).catch(end)
    }
    return new Promise<never>(() => {}) // the file goes no further
  }
}

async function serve(app: FastifyInstance): Promise<void> {
  await app.ready()
  process.on('message', (order: Order) => void obey(app, order).catch(end))
  process.channel?.ref()
  tell({
    latchkey: 'ready',
    report: {
      plugins: inspections(app),
      routes: app.getDecorator<ListedRoute[]>(listed),
      isHttps: 'setSecureContext' in app.server,
      isProduction: process.env['NODE_ENV'] === 'production'
    }
  })
}

async function obey(app: FastifyInstance, order: Order): Promise<void> {
  if (order.order === 'inject') tell({ latchkey: 'injected', response: await inject(app, order.request) })
  else if (order.order === 'rotate') {
    await app.getDecorator<{ rotateKeys(): Promise<void> }>('tokenEndpoint').rotateKeys()
    tell({ latchkey: 'rotated' })
  } else {
    await app.close()
    process.exit(0)
  }
}

async function inject(app: FastifyInstance, request: InjectedRequest) {
  const { statusCode, headers, payload } = await app.inject({ ...request })
  const fields = Object.entries(headers).map(([name, value]) => [name, String(value)] as const)
  return { statusCode, headers: Object.fromEntries(fields), payload }
}

function end(error: unknown): void {
  tellFailure(error)
  process.exit(1)
}

function tellFailure(error: unknown): void {
  const {
    name,
    message,
    code = ''
  }: { name: string; message: string; code?: unknown } = error instanceof Error
    ? error
    : new Error('the application threw a value that is no error')
  tell({ latchkey: 'failed', failure: { name, message, code: String(code) } })
}

function tell(answer: Answer): void {
  process.send?.(answer)
}
