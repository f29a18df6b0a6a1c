// A NestJS server on Fastify, without decorators in its source.
import bearer from '@latchkey/bearer'
import guard, { type AccessRule, type GuardOptions } from '@latchkey/guard'
import { testIssuer } from '@latchkey/testing'
import { Controller, Get, type MiddlewareConsumer, Module, type NestModule, Req, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication, RouteConfig } from '@nestjs/platform-fastify'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Test } from 'tap'

type Method = (request: FastifyRequest) => unknown

/** A route of a controller: the decorators of its method, and the method. */
export interface Route {
  readonly decorators: readonly MethodDecorator[]
  readonly handler: Method
}

/** A GET route with a rule, or without one. */
export const get = (path: string, access: AccessRule | null, handler: Method = () => 'ok'): Route => ({
  decorators: access === null ? [Get(path)] : [Get(path), RouteConfig({ access })],
  handler
})

/** A controller, decorated as TypeScript does with `experimentalDecorators`. */
function controller(...routes: readonly Route[]): Type {
  // eslint-disable-next-line @typescript-eslint/no-extraneous-class -- its methods are added below
  class Routes {}
  for (const [at, { decorators, handler }] of routes.entries()) {
    const name = `route${at}`
    const descriptor = { configurable: true, writable: true, value: handler.bind(null) }
    for (const decorate of decorators) decorate(Routes.prototype, name, descriptor)
    Object.defineProperty(Routes.prototype, name, descriptor)
    Req()(Routes.prototype, name, 0)
  }
  Controller()(Routes)
  return Routes
}

/** The parts of a server. */
export interface Server {
  readonly routes: readonly Route[]
  readonly options?: GuardOptions
  readonly adapter?: FastifyAdapter
  readonly middleware?: (request: unknown, response: { end(text: string): void }) => void
  /** Whether the plugins come after `NestFactory.create()`. */
  readonly isLate?: boolean
  /** Other plugins. */
  readonly plugins?: (app: FastifyInstance) => Promise<unknown>
  /** Called before the routes of Nest are added. */
  readonly before?: (nest: NestFastifyApplication) => unknown
}

/** A NestJS server that is ready, with the plugins. */
export async function start(t: Test, server: Server): Promise<FastifyInstance> {
  const { routes, adapter = new FastifyAdapter(), middleware, isLate = false, before } = server
  class App implements NestModule {
    configure(consumer: MiddlewareConsumer): void {
      if (middleware) consumer.apply(middleware).forRoutes('admin')
    }
  }
  Module({ controllers: [controller(...routes)] })(App)
  const app = adapter.getInstance<FastifyInstance>()
  if (!isLate) await addPlugins(app, server)
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- NestJS declares its options as a class
  const nest = await NestFactory.create<NestFastifyApplication>(App, adapter, { logger: false, abortOnError: false })
  t.teardown(() => nest.close())
  if (isLate) await addPlugins(app, server)
  before?.(nest)
  await nest.init()
  await app.ready()
  return app
}

async function addPlugins(app: FastifyInstance, { options, plugins }: Server): Promise<void> {
  await app.register(guard, { scopes: { 'items:read': 'Read items', 'items:write': 'Change items' }, ...options })
  await app.register(bearer, { issuers: [testIssuer({ audience: 'https://api.example.com' })] })
  await plugins?.(app)
}
