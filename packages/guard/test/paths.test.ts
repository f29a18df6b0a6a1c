import Fastify from 'fastify'
import t from 'tap'
import guard, { allOf, everyone } from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

const routers: { name: string; routerOptions: object }[] = [
  { name: 'the default router', routerOptions: {} },
  { name: 'ignoreTrailingSlash', routerOptions: { ignoreTrailingSlash: true } },
  { name: 'ignoreDuplicateSlashes', routerOptions: { ignoreDuplicateSlashes: true } },
  { name: 'caseSensitive: false', routerOptions: { caseSensitive: false } },
  { name: 'useSemicolonDelimiter', routerOptions: { useSemicolonDelimiter: true } }
]

const spellings = [
  '/admin/users',
  '//admin/users',
  '/admin//users',
  '/admin/users/',
  '/%61dmin/users',
  '/admin%2fusers',
  '/admin/users;x=1',
  '/admin;x/users',
  '/x/../admin/users',
  '/./admin/users',
  '/ADMIN/users',
  '/admin/users?x=/open',
  '/admin/users%00',
  '/admin/users#/open',
  '/open/../admin/users',
  '/open/..%2fadmin/users',
  '/admin/users%20',
  '\\admin\\users'
]

for (const { name, routerOptions } of routers) {
  t.test(`enforces the rule of a route for every spelling of its path: ${name} (SEC-69)`, async (t) => {
    const app = Fastify({ routerOptions })
    t.teardown(() => app.close())
    await app.register(guard)
    app.guard.addAuthenticator(keyAuthenticator())
    let entered = 0
    const secret = async (): Promise<string> => {
      entered += 1
      return 'secret'
    }
    app.register(
      async (admin) => {
        admin.guard.require(allOf('admin'))
        admin.get('/users', secret)
        admin.get('/', secret)
      },
      { prefix: '/admin' }
    )
    app.get('/open', { config: { access: everyone } }, async () => 'open')
    app.get('/open/*', { config: { access: everyone } }, async () => 'open')
    for (const url of spellings) {
      for (const method of ['GET', 'HEAD'] as const) {
        const { statusCode } = await app.inject({ method, url })
        t.ok(/^.open/.test(url) || [400, 401, 404].includes(statusCode), `${method} ${url} ${statusCode}`)
      }
    }
    t.equal(entered, 0)
    for (const url of ['/admin/users', '/admin', '/admin/']) t.equal((await app.inject(url)).statusCode, 401)
    await app.inject({ url: '/admin/users', headers: { key: 'ann admin' } })
    t.equal(entered, 1)
  })
}
