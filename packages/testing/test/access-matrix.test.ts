import { rejectsLike } from '@latchkey/exact'
import { allOf, authenticated, noAuthentication } from '@latchkey/guard'
import testing, { accessMatrix, as, testIssuer } from '@latchkey/testing'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import t from 'tap'
import { AUDIENCE, server } from './fixtures/server.ts'

const table = (text: string) => `${text.trim().replaceAll(/^ +/gm, '')}\n`

t.test('the table says who opens which route', async (t) => {
  const app = await server(t, { bearer: { issuers: [testIssuer({ audience: AUDIENCE })] }, session: {} })
  await app.register(testing)
  let handled = 0
  app.addHook('preHandler', async ({ method, url }) => {
    if (method !== 'GET' && !url.startsWith('/latchkey-testing/')) handled++
  })
  app.get('/broken', { config: { access: authenticated } }, async () => Promise.reject(new Error('broken')))
  const found = await accessMatrix(app, {
    principals: {
      anonymous: null,
      reader: { subject: 'bob', scopes: ['items:read'] },
      owner: { subject: 'alice', session: true, scopes: ['items:read', 'items:write'] },
      key: as(app, { subject: 'cli', scopes: ['items:write'] })
    },
    except: ['POST /sign-out']
  })
  t.equal(
    found,
    table(`
      route            anonymous  reader  owner  key
      DELETE /account  401        401     yes    401
      GET /broken      401        500     500    500
      GET /health      yes        yes     yes    yes
      GET /hello       yes        yes     yes    yes
      GET /items       401        yes     yes    403
      POST /items      401        403     yes    yes
      GET /me          401        yes     yes    yes
    `)
  )
  t.equal(handled, 0, 'no handler of a request that may change something ran')
})

t.test('the values of parameters come from the option', async (t) => {
  const seen: string[] = []
  const app = await server(t, {
    more: async (app) => {
      app.addHook('onRequest', async ({ url }) => void seen.push(url))
      for (const url of ['/a/:id', '/b/:id(^\\d+$)/c', '/d/:when-:until/*', '/e/:maybe?', '/f::g', '/h/:id(^(\\w)$)']) {
        app.get(url, { config: { access: { kind: 'noAuthentication' } } }, async () => url)
      }
    }
  })
  const except = ['DELETE /account', 'GET /health', 'GET /hello', 'GET /items', 'POST /items', 'GET /me']
  const principals = { anonymous: null }
  await rejectsLike(t, accessMatrix(app, { principals, except }), {
    name: 'RegistrationError',
    message:
      'accessMatrix(): params.id is missing: a route has a regular expression for it. Fix: give a value that matches'
  })
  seen.length = 0
  await accessMatrix(app, { principals, except, params: { id: '7', until: 'a b' } })
  t.same(seen, ['/a/7', '/b/7/c', '/d/x-a%20b/x', '/e/x', '/f:g', '/h/7'])
})

t.test(
  'the table has a row for each method, and none for a HEAD route beside a GET route and for a method that is not offered',
  async (t) => {
    const app = await server(t, {
      more: async (app) => {
        app.route({ method: ['PUT', 'PATCH'], url: '/both', config: { access: allOf('a') }, handler: async () => 'x' })
        await app.register(async (area) => void area.get('/', { config: { access: allOf('a') } }, async () => 'x'), {
          prefix: '/area'
        })
        const refuse = async (_request: FastifyRequest, reply: FastifyReply) => reply.code(405).send()
        app.delete('/both', { config: { access: noAuthentication }, onRequest: refuse }, async () => 'x')
        app.head('/only', { config: { access: allOf('a') } }, async () => '')
      },
      guard: { scopes: { a: 'A', 'items:read': 'Read', 'items:write': 'Write' } }
    })
    const except = ['DELETE /account', 'GET /health', 'GET /hello', 'GET /items', 'POST /items', 'GET /me']
    t.equal(
      await accessMatrix(app, { principals: { 'no one': null }, except }),
      table(`
      route        no one
      GET /area    401
      PATCH /both  401
      PUT /both    401
      HEAD /only   401
    `)
    )
  }
)

t.test('routes with constraints are asked with their host and version, or marked as not asked', async (t) => {
  const seen: string[] = []
  const app = await server(t, {
    bearer: { issuers: [testIssuer({ audience: AUDIENCE })] },
    more: async (app) => {
      const strategy = {
        name: 'tier',
        storage: () => ({ get: () => null, set: () => {} }),
        deriveConstraint: () => 'x'
      }
      // Cast: the types of Fastify ask for a strategy of their own router.
      app.addConstraintStrategy(strategy as never)
      const config = { access: allOf('items:read') }
      const handler = async ({ headers }: FastifyRequest) => {
        seen.push(`${headers.host} ${String(headers['accept-version'])}`)
        return 'x'
      }
      app.get('/c', { config: { access: noAuthentication } }, handler)
      app.get('/c', { config, constraints: { host: 'a.example' } }, handler)
      app.get('/c', { config, constraints: { host: 'b.example', version: '1.2.0' } }, handler)
      app.get('/c', { config, constraints: { host: /example/ } }, handler)
      app.get('/d', { config, constraints: { tier: 'gold' } }, handler)
      app.post('/d', { config, constraints: { version: '2.0.0' } }, handler)
      app.put('/d', { config, constraints: { version: '2.0.0' } }, handler)
      app.put('/d', { config, constraints: { version: '3.0.0' } }, handler)
      app.get('/e', { config, constraints: { version: '1.0.0' } }, handler)
    }
  })
  t.equal(
    await accessMatrix(app, {
      principals: { anonymous: null, reader: { subject: 'bob', scopes: ['items:read'] } },
      except: [
        ...['DELETE /account', 'GET /health', 'GET /hello', 'GET /items', 'POST /items', 'GET /me'],
        ...['PUT /d (version 3.0.0)', 'GET /e']
      ]
    }),
    table(`
      route                                   anonymous  reader
      GET /c                                  yes        yes
      GET /c (host a.example)                 401        yes
      GET /c (host b.example, version 1.2.0)  401        yes
      GET /c (host /example/)                 ?          ?
      GET /d (tier gold)                      ?          ?
      POST /d (version 2.0.0)                 401        yes
      PUT /d (version 2.0.0)                  401        yes
    `)
  )
  t.same(seen, ['localhost:80 undefined', 'localhost:80 undefined', 'a.example undefined', 'b.example 1.2.0'])
})

for (const { name, options, message } of [
  {
    name: 'no principals',
    options: { principals: {} },
    message: /^accessMatrix\(\): principals must be an object with a principal, a caller or null/
  },
  {
    name: 'a principal that is a text',
    options: { principals: { a: 'bob' } },
    message: /^accessMatrix\(\): principals must/
  },
  { name: 'a principal without a subject', options: { principals: { a: {} } }, message: /^as\(\): subject must/ },
  {
    name: 'params that are no texts',
    options: { principals: { a: null }, params: { id: 1 } },
    message: /^accessMatrix\(\): params must be an object with texts/
  },
  {
    name: 'routes that are no list',
    options: { principals: { a: null }, except: 'x' },
    message: /^accessMatrix\(\): except must be a list of routes/
  }
]) {
  t.test(`accessMatrix() refuses ${name}`, async (t) => {
    // Cast: callers in JavaScript can pass anything.
    await rejectsLike(t, accessMatrix(await server(t, {}), options as never), { name: 'RegistrationError', message })
  })
}

t.test('accessMatrix() needs a guard', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await rejectsLike(t, accessMatrix(app, { principals: { a: null } }), {
    message: /^accessMatrix\(\): this context has no guard/
  })
})
