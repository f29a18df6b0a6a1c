import { randomBytes } from 'node:crypto'
import { like, rejectsLike, throwsLike } from '@latchkey/exact'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import testing, { as, testIssuer } from '@latchkey/testing'
import t, { type Test } from 'tap'
import { AUDIENCE, server } from './fixtures/server.ts'

const IS_FOR_TESTS = 'this is for tests, and NODE_ENV is production. Fix: leave it out of the server'

t.test('the sign-in route answers 404 to every other request', async (t) => {
  const app = await server(t, { session: {} })
  await app.register(testing)
  const url = '/latchkey-testing/sign-in'
  for (const headers of [{}, { 'x-latchkey-testing': 'guess' }, { 'x-latchkey-testing': ['a', 'b'] as never }]) {
    const answer = await app.inject({ method: 'POST', url, headers, payload: { subject: 'admin' } })
    t.equal(answer.statusCode, 404)
    t.equal(answer.headers['set-cookie'], undefined)
  }
})

t.test('the plugin may be registered before the session', async (t) => {
  const app = await server(t, { guard: {}, more: async () => undefined })
  await app.register(testing)
  await app.register(session, { secrets: [randomBytes(32).toString('base64url')], store: memoryStore() })
  like(t, (await as(app, { subject: 'alice', session: true }).get('/me')).json(), { subject: 'alice' })
})

t.test('the server does not start when the context of the plugin has no sessions', async (t) => {
  const app = await server(t, {})
  await app.register(testing)
  await rejectsLike(t, as(app, { subject: 'alice', session: true }).get('/me'), {
    name: 'RegistrationError',
    message: '@latchkey/testing: this context has no sessions. Fix: register it where @latchkey/session is registered'
  })
})

t.test('the plugin refuses options', async (t) => {
  const app = await server(t, { session: {} })
  await rejectsLike(t, app.register(testing, { path: '/x' } as never), {
    message: /^@latchkey\/testing: path does not exist/
  })
})

t.test('the plugin is refused in production', async (t) => {
  const app = await server(t, { session: {} })
  inProduction(t)
  await rejectsLike(t, app.register(testing), {
    name: 'RegistrationError',
    message: `@latchkey/testing: ${IS_FOR_TESTS}`
  })
})

t.test('a test issuer is refused in production', async (t) => {
  inProduction(t)
  throwsLike(t, () => testIssuer({ audience: AUDIENCE }), {
    name: 'RegistrationError',
    message: `testIssuer(): ${IS_FOR_TESTS}`
  })
})

t.test('tokens of a test issuer are refused in production, even if it was made before', async (t) => {
  const issuer = testIssuer({ audience: AUDIENCE })
  const app = await server(t, { bearer: { issuers: [issuer] } })
  const headers = { authorization: `Bearer ${await issuer.issue({ subject: 'bob' })}` }
  t.equal((await app.inject({ url: '/me', headers })).statusCode, 200)
  inProduction(t)
  t.equal(
    (await app.inject({ url: '/me', headers: { authorization: `Bearer ${await issuer.issue({ subject: 'b' })}` } }))
      .statusCode,
    503
  )
  t.equal((await app.inject({ url: '/me', headers })).statusCode, 503)
})

t.test('a test issuer refuses wrong options', async (t) => {
  throwsLike(t, () => testIssuer({} as never), { message: /^testIssuer\(\): audience must be a non-empty string; got/ })
  throwsLike(t, () => testIssuer({ audience: 'a', algorithm: 'x' } as never), {
    message: /^testIssuer\(\): algorithm does not exist/
  })
})

function inProduction(t: Test): void {
  const { NODE_ENV } = process.env
  process.env['NODE_ENV'] = 'production'
  t.teardown(() => {
    if (NODE_ENV === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = NODE_ENV
  })
}
