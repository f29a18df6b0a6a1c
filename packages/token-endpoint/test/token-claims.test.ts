import { mock } from 'node:test'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import type { Grant, TokenClaimsRequest } from '@latchkey/token-endpoint'
import { generateClientSecret } from '@latchkey/token-endpoint'
import { basic, claimsOf, started, toyGrant } from './fixtures/server.ts'

const grantWith = (claims: unknown): Grant => ({
  grantType: 'password',
  // Cast: JavaScript may return any value.
  handle: async (request) => ({ ...(await toyGrant.handle(request)), claims: claims as Record<string, unknown> })
})

t.test('issue() adds the claims of the application to a token', async (t) => {
  const { app } = await started(t)
  const claims = { tenant: 'acme', plan: { seats: 3, trial: false, until: null }, teams: ['a', 'b'] }
  const token = await app.tokenEndpoint.issue({ subject: 'alice', clientId: 'app', claims })
  like(t, claimsOf(token), { sub: 'alice', client_id: 'app', ...claims })
})

t.test('a token gets the claims of its grant, and tokenClaims replaces those of the same name', async (t) => {
  const asked: TokenClaimsRequest[] = []
  const { login } = await started(
    t,
    {
      tokenClaims(token) {
        asked.push(token)
        return { tenant: 'acme' }
      }
    },
    { grants: [grantWith({ tenant: 'old', plan: 'free' })] }
  )
  const { body } = await login({ scope: 'items:read' })
  like(t, claimsOf(body.access_token), { tenant: 'acme', plan: 'free' })
  t.same(asked, [{ subject: 'alice', clientId: 'first-party', scopes: ['items:read'], grantType: 'password' }])
})

t.test('tokenClaims is asked again at a refresh, and the claims of the grant are not kept', async (t) => {
  let tenant: string | null = 'acme'
  const { login, refresh } = await started(
    t,
    { tokenClaims: async () => (tenant === null ? null : { tenant }) },
    { grants: [grantWith({ plan: 'free' })] }
  )
  const first = await login()
  like(t, claimsOf(first.body.access_token), { tenant: 'acme', plan: 'free' })
  tenant = 'other'
  const second = await refresh(first.body.refresh_token)
  const claims = claimsOf(second.body.access_token)
  t.same([claims['tenant'], claims['plan']], ['other', undefined])
  tenant = null
  const third = await refresh(second.body.refresh_token)
  t.equal(claimsOf(third.body.access_token)['tenant'], undefined)
})

const reserved = [
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'scope',
  'client_id',
  'auth_time',
  'act',
  'cnf',
  'active'
]
const circle: Record<string, unknown> = {}
circle['self'] = circle
const wrong: readonly (readonly [name: string, claims: unknown])[] = [
  ...reserved.map((name) => [`the reserved name ${name}`, { [name]: 'x' }] as const),
  ['the name __proto__', JSON.parse('{"__proto__":{"admin":true}}')],
  ['the name __proto__ inside', { plan: JSON.parse('{"__proto__":{"admin":true}}') }],
  ['undefined as a value', { tenant: undefined }],
  ['a Date', { since: new Date(0) }],
  ['a function', { tenant: () => 'acme' }],
  ['a number that is not finite', { seats: Number.NaN }],
  ['a bigint', { seats: 3n }],
  ['a Map', new Map([['tenant', 'acme']])],
  ['an object with toJSON', { tenant: { toJSON: () => ({ sub: 'bob' }) } }],
  ['toJSON of its own', { toJSON: () => ({ sub: 'bob' }) }],
  ['a hole in a list', { teams: Array.from({ length: 2 }) }],
  ['a circle', circle],
  ['more than 200 values', { teams: Array.from({ length: 201 }, () => 1) }],
  ['more than 4096 bytes', { text: 'ä'.repeat(2050) }],
  ['a list', ['tenant']],
  ['a text', 'tenant']
]

for (const [name, claims] of wrong) {
  t.test(`issues nothing for claims with ${name}`, async (t) => {
    // Cast: JavaScript may return any value.
    const given = claims as Record<string, unknown>
    const failed = { status: 500, body: { error: 'server_error' } }
    const ofGrant = await started(t, {}, { grants: [grantWith(claims)] })
    like(t, await ofGrant.login(), failed)
    let isWrong = false
    const ofHook = await started(t, { tokenClaims: () => (isWrong ? given : {}) })
    const { body } = await ofHook.login()
    isWrong = true
    like(t, await ofHook.login(), failed)
    like(t, await ofHook.refresh(body.refresh_token), failed)
    isWrong = false
    t.equal((await ofHook.refresh(body.refresh_token)).status, 200, 'the refresh token is not spent')
    await t.rejects(ofHook.app.tokenEndpoint.issue({ subject: 'alice', clientId: 'app', claims: given }))
  })
}

t.test('the claims of the grant and of tokenClaims have one limit together', async (t) => {
  const half = 'x'.repeat(2500)
  const { login } = await started(t, { tokenClaims: () => ({ two: half }) }, { grants: [grantWith({ one: half })] })
  t.equal((await login()).status, 500)
})

t.test('names the reserved claim in the error of issue()', async (t) => {
  const { app } = await started(t)
  const issued = app.tokenEndpoint.issue({ subject: 'alice', clientId: 'app', claims: { sub: 'bob' } })
  await rejectsLike(t, issued, { message: /must not have the member "sub".*Fix: use another name/ })
})

t.test('answers 503 when tokenClaims does not answer in time or its store is down, and spends nothing', async (t) => {
  let fault: (() => Promise<never>) | null = null
  const { login, refresh } = await started(t, { tokenClaims: async () => fault?.() ?? {} })
  const { body } = await login()
  const down = { status: 503, body: { error: 'temporarily_unavailable' } }
  fault = async () => Promise.reject(Object.assign(new Error('down'), { statusCode: 503 }))
  like(t, await refresh(body.refresh_token), down)
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  fault = async () => {
    setImmediate(() => mock.timers.tick(5000))
    return new Promise<never>(() => {})
  }
  like(t, await refresh(body.refresh_token), down)
  mock.timers.reset()
  fault = null
  t.equal((await refresh(body.refresh_token)).status, 200)
})

t.test('introspection returns the claims of the application (RFC 7662 §2.2)', async (t) => {
  const { clientSecret, clientSecretHash } = generateClientSecret()
  const api = { clientId: 'api', clientSecretHash, grantTypes: [], introspects: ['https://api.example.com'] }
  const { app, introspect } = await started(t, { clients: [api] })
  const token = await app.tokenEndpoint.issue({ subject: 'alice', clientId: 'app', claims: { tenant: 'acme' } })
  const { body } = await introspect(token, {}, { headers: basic('api', clientSecret) })
  like(t, body, { active: true, sub: 'alice', tenant: 'acme' })
})
