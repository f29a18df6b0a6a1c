import { randomBytes } from 'node:crypto'
import cors from '@fastify/cors'
import guard, { authenticated, everyone, noAuthentication } from '@latchkey/guard'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import Fastify, { type HTTPMethods } from 'fastify'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { injectForm } from './inject-form.ts'
import { house, secrets, startProviders } from './logs/house.ts'

const origin = 'http://localhost:3000'
const listed = 'https://spa.example.com'
const ORIGINS = [listed, 'https://evil.example', 'null', origin, 'https://spa.example.com.evil.example']

t.test('no route allows another origin to read an answer by default, /token included (SEC-72)', async (t) => {
  const routes: { method: HTTPMethods; url: string }[] = []
  const { app } = await house(origin, await startProviders(t, origin), {
    async before(app) {
      app.addHook('onRoute', ({ method, url }) => {
        for (const one of [method].flat()) routes.push({ method: one, url })
      })
    }
  })
  t.teardown(() => app.close())
  await app.ready()
  for (const url of ['/token', '/revoke', '/introspect', '/jwks', '/login', '/logout', '/items', '/docs/json']) {
    t.ok(
      routes.some((route) => route.url === url),
      url
    )
  }
  for (const { method, url } of routes) {
    for (const asking of ORIGINS) {
      const preflight = { 'access-control-request-method': method, 'access-control-request-headers': 'authorization' }
      for (const [as, headers] of [
        [method, {}],
        ['OPTIONS', preflight]
      ] as const) {
        const { headers: answered } = await app.inject({
          method: as as 'GET', // inject knows fewer methods by type than by name
          url: url.replace(':provider', 'oidc').replace('*', 'x'),
          headers: { origin: asking, ...headers }
        })
        const granted = Object.keys(answered).filter((name) => name.startsWith('access-control-'))
        if (granted.length > 0) t.fail(`${as} ${url} for ${asking}: ${granted.join(', ')}`)
      }
    }
  }
})

t.test('with @fastify/cors a preflight of a guarded route works only for a listed origin (SEC-72)', async (t) => {
  const { app } = await house(origin, await startProviders(t, origin), {
    routes: { '*': everyone },
    before: async (app) => app.register(cors, { origin: [listed], allowedHeaders: ['authorization', 'content-type'] })
  })
  t.teardown(() => app.close())
  const form = { grant_type: 'password', username: 'ann', password: secrets.password, scope: 'items:read' }
  const tokens = await injectForm(app, '/token', form, { origin: listed })
  const authorization = `Bearer ${tokens.json<{ access_token: string }>().access_token}`

  for (const asking of ORIGINS) {
    const allowed = asking === listed ? listed : undefined
    const preflight = await app.inject({
      method: 'OPTIONS',
      url: '/items',
      headers: {
        origin: asking,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization, x-canary'
      }
    })
    t.equal(preflight.statusCode, 204, asking)
    t.notMatch(JSON.stringify(preflight.headers), /canary/)
    for (const [name, answer, status, vary] of [
      ['a preflight', preflight, 204, 'Origin'],
      ['a good token', await app.inject({ url: '/items', headers: { origin: asking, authorization } }), 200, 'Cookie'],
      [
        'a bad token',
        await app.inject({ url: '/items', headers: { origin: asking, authorization: 'Bearer x' } }),
        401,
        'Cookie'
      ],
      ['nobody', await app.inject({ url: '/items', headers: { origin: asking } }), 401, 'Cookie'],
      [
        'a login that fails',
        await app.inject({ url: '/login/oidc/callback', headers: { origin: asking } }),
        400,
        'Accept'
      ],
      [
        'a token request',
        await app.inject({ method: 'POST', url: '/token', headers: { ...form, origin: asking } }),
        400,
        'Origin'
      ]
    ] as const) {
      const { headers, statusCode } = answer
      t.equal(statusCode, status, `${name}, ${asking}`)
      t.equal(headers['access-control-allow-origin'], allowed, `${name}, ${asking}`)
      t.equal(headers['access-control-allow-credentials'], undefined)
      const varies = String(headers.vary).split(/, */)
      t.ok(varies.includes('Origin') && varies.includes(vary), `${name}: ${varies.join()}`)
    }
  }
})

t.test('only a listed origin with credentials may post, with and without a session (K20.5, SEC-72)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(cors, { origin: [listed], credentials: true, allowedHeaders: ['content-type'] })
  await app.register(guard, { routes: { '*': noAuthentication }, trustedOrigins: [listed] })
  await app.register(session, { secrets: [randomBytes(32).toString('base64url')], store: memoryStore(), origin })
  app.post('/sign-in', { config: { access: everyone } }, async (_request, reply) => {
    await reply.signIn({ subject: 'ann' })
    return 'signed in'
  })
  app.post('/notes', { config: { access: authenticated } }, async ({ principal }) => principal.subject)

  const from = (asking: string): Record<string, string> => ({ origin: asking, 'sec-fetch-site': 'cross-site' })
  const signedIn = await app.inject({ method: 'POST', url: '/sign-in', headers: from(listed) })
  t.equal(signedIn.statusCode, 200)
  const cookie = String(signedIn.headers['set-cookie']).split(';', 1)[0] ?? ''
  for (const headers of [from(listed), { origin: listed }]) {
    const posted = await app.inject({ method: 'POST', url: '/notes', headers: { ...headers, cookie } })
    like(t, posted, {
      statusCode: 200,
      body: 'ann',
      headers: { 'access-control-allow-origin': listed, 'access-control-allow-credentials': 'true' }
    })
  }
  for (const asking of ORIGINS.filter((other) => other !== listed)) {
    for (const url of ['/sign-in', '/notes']) {
      const refused = await app.inject({ method: 'POST', url, headers: { ...from(asking), cookie } })
      like(t, refused, {
        statusCode: 403,
        headers: { 'access-control-allow-origin': undefined, 'set-cookie': undefined }
      })
      t.equal(refused.json().code, 'LATCHKEY_CROSS_SITE_REQUEST')
    }
  }
})

t.test('the server does not start without a rule for the preflight route of @fastify/cors (SEC-72)', async (t) => {
  const { app } = await house(origin, await startProviders(t, origin), {
    before: async (app) => app.register(cors, { origin: [listed] })
  })
  t.teardown(() => app.close())
  await rejectsLike(t, Promise.resolve(app.ready()), {
    code: 'LATCHKEY_ROUTE_ACCESS',
    message: /OPTIONS \* has no rule/
  })
})
