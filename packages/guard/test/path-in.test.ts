import Fastify, { type FastifyServerOptions } from 'fastify'
import t from 'tap'
import { everyone } from '@latchkey/guard'
import {
  addPreflightRoute,
  pathIn,
  type ProtocolRoute,
  protocolRoute,
  sendProtocolAnswer
} from '@latchkey/guard/plugin'

const servers: Readonly<Record<string, FastifyServerOptions>> = {
  'the defaults': {},
  ignoreTrailingSlash: { routerOptions: { ignoreTrailingSlash: true } },
  ignoreDuplicateSlashes: { routerOptions: { ignoreDuplicateSlashes: true } },
  both: { routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true } }
}

for (const [outer, inner] of [
  ['', ''],
  ['/', ''],
  ['', '/'],
  ['/', '/'],
  ['/auth', ''],
  ['/auth/', ''],
  ['auth/', ''],
  ['/auth//', ''],
  ['/v1', '/auth/'],
  ['/v1/', '/auth'],
  ['/v1/', 'auth/'],
  ['/v1/', '/'],
  ['/', '/auth/']
] as const) {
  for (const [name, options] of Object.entries(servers)) {
    t.test(`names the path that Fastify registers, under "${outer}" and "${inner}", with ${name} (K2.4)`, async (t) => {
      const app = Fastify(options)
      const registered: string[] = []
      const named: string[] = []
      await app.register(
        async (parent) =>
          parent.register(
            async (child) => {
              child.addHook('onRoute', ({ url }) => void registered.push(url))
              child.get('/a', { exposeHeadRoute: false }, async () => 'a')
              child.get('/a/:b', { exposeHeadRoute: false }, async () => 'b')
              named.push(pathIn(child, '/a'), pathIn(child, '/a/:b'))
            },
            { prefix: inner }
          ),
        { prefix: outer }
      )
      await app.ready()
      t.strictSame(named, registered)
      t.equal((await app.inject(String(named[0]))).body, 'a')
    })
  }
}

for (const prefix of ['/v1', '/v1/', '/']) {
  t.test(`adds a preflight route once under the prefix ${prefix} (SEC-72)`, async (t) => {
    const app = Fastify()
    const route: ProtocolRoute = {
      method: 'GET',
      url: '/document',
      config: { access: everyone },
      isOpenToOtherOrigins: () => true,
      handler: async (_request, reply) => sendProtocolAnswer(reply, { body: {} })
    }
    await app.register(
      async (child) => {
        protocolRoute(child, route)
        t.doesNotThrow(() => addPreflightRoute(child, route))
      },
      { prefix }
    )
    await app.ready()
    t.ok(app.hasRoute({ method: 'OPTIONS', url: prefix === '/' ? '/document' : '/v1/document' }))
  })
}
