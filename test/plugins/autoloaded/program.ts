// Boots the same application twice in one process, for autoload.test.ts. Imports no file of the guard itself.
import path from 'node:path'
import autoload from '@fastify/autoload'
import Fastify from 'fastify'

/** The result of one application. */
export interface Booted {
  /** The message of the error that kept it from starting. */
  readonly error: string | null
  readonly routes: readonly string[]
  /** The status of an answer to a stranger, by request. */
  readonly statuses: Readonly<Record<string, number>>
}

const routes: unknown = JSON.parse(process.argv[2] ?? '{}')
const booted = [await boot(), await boot()]
console.log(JSON.stringify(booted))

async function boot(): Promise<Booted> {
  const app = Fastify()
  const options = { routes }
  app.register(autoload, {
    dir: path.join(import.meta.dirname, 'plugins'),
    options,
    encapsulate: false,
    forceESM: true
  })
  app.register(autoload, { dir: path.join(import.meta.dirname, 'routes'), forceESM: true })
  try {
    await app.ready()
  } catch (error) {
    return { error: String(error), routes: [], statuses: {} }
  }
  const preflight = { origin: 'https://spa.example.com', 'access-control-request-method': 'GET' }
  const statuses = {
    items: (await app.inject('/items')).statusCode,
    preflight: (await app.inject({ method: 'OPTIONS', url: '/items', headers: preflight })).statusCode
  }
  const listed = app.guard.routes().map(({ method, url, rule }) => `${String(method)} ${url} ${rule?.kind}`)
  await app.close()
  return { error: null, routes: listed.toSorted(), statuses }
}
