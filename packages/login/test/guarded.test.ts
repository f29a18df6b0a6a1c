import guard, { UnavailableError } from '@latchkey/guard'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { contains, like } from '@latchkey/exact'
import login from '@latchkey/login'
import { memoryStore } from '@latchkey/store/memory'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { fakeSession } from './fixtures/fake-session.ts'
import { house, origin, page } from './fixtures/server.ts'
import { PAGE_HEADERS } from './fixtures/page-headers.ts'

const credential = {
  scheme: 'key',
  challenge: null,
  ambient: true,
  header: 'X-Key',
  securitySchemes: {},
  authenticate: ({ headers }: { headers: Record<string, unknown> }) => {
    if (headers['x-key'] === 'down') throw new UnavailableError('Keys cannot be looked up now')
    return null
  }
}

interface Setting {
  readonly responseMode?: 'query' | 'form_post'
  readonly prepare?: (app: FastifyInstance) => void
}

async function guarded(
  t: Test,
  { responseMode = 'query', prepare = () => undefined }: Setting = {}
): Promise<FastifyInstance> {
  const app = Fastify()
  prepare(app)
  t.teardown(() => app.close())
  await app.register(guard)
  app.guard.addAuthenticator(credential)
  await app.register(fakeSession, { origin, sessions: new Map() })
  const providers = [{ ...house(await fakeProvider(t)), responseMode }]
  await app.register(login, { store: memoryStore(), providers })
  return app
}

t.test('a refusal of the guard on a route of the login has the security headers of a page (SEC-138)', async (t) => {
  const app = await guarded(t)
  for (const [method, url] of [
    ['GET', '/login/house/callback'],
    ['POST', '/logout'],
    ['POST', '/login/house/link']
  ] as const) {
    const { statusCode, headers, body } = await app.inject({ method, url, headers: { ...page, 'x-key': 'down' } })
    t.equal(statusCode, 503)
    contains(t, body, '<!doctype html>')
    t.match(headers['content-security-policy'], /^default-src 'none'; style-src .*frame-ancestors 'none'/)
    like(t, headers, PAGE_HEADERS)
  }
})

t.test('Vary names all headers that affect an answer (SEC-138)', async (t) => {
  const app = await guarded(t)
  app.addHook('onRequest', async (_request, reply) => void reply.header('vary', ['Origin', 'Cookie']))
  const { headers } = await app.inject({ url: '/login/house/callback', headers: page })
  t.equal(headers.vary, 'Origin, Cookie, Accept, X-Key')
})

t.test(
  'only routes that read the session authenticate, under any rules of the application (K2.2, SEC-110)',
  async (t) => {
    for (const responseMode of ['query', 'form_post'] as const) {
      const looking: string[] = []
      const prepare = (app: FastifyInstance) => {
        app.addHook('onRoute', ({ method, url, config }) => {
          t.equal(config?.otherRules, 'ignored', url)
          if (config?.access?.kind !== 'noAuthentication') looking.push(`${String(method)} ${url}`)
        })
      }
      await guarded(t, { responseMode, prepare })
      t.same(looking, ['GET /login/:provider/callback', 'POST /login/:provider/link', 'POST /logout'])
    }
  }
)
