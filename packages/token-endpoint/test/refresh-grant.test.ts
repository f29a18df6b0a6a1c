import t from 'tap'
import { like } from '@latchkey/exact'
import { compactDecrypt } from 'jose'
import type { RefreshTokenStore, StoredRefreshToken } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { clock } from './fixtures/clock.ts'
import { server } from './fixtures/server.ts'

const DAY = 86_400
const grantTypes = ['password', 'refresh_token']
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

const refused = { status: 400, body: { error: 'invalid_grant' } }

t.test('a refresh returns new tokens and ends the old refresh token (RFC 9700 §2.2.2, §4.14.2)', async (t) => {
  const { login, refresh } = await server({ refreshGracePeriod: 0 })
  const first = await login({ scope: 'items:read' })
  const second = await refresh(first.body.refresh_token)
  like(t, second, { status: 200, body: { token_type: 'Bearer', expires_in: 600, scope: 'items:read' } })
  t.not(second.body.refresh_token, first.body.refresh_token)
  like(t, claimsOf(second.body.access_token), { sub: 'alice', client_id: 'first-party', auth_time: 1_000 })
  like(t, await refresh(second.body.refresh_token), { status: 200 })
  like(t, await refresh(first.body.refresh_token), refused)
})

t.test('the stored data reveal no token (SEC-78, RFC 6749 §10.3, §10.4, RFC 9700 §4.9.3)', async (t) => {
  const rows: unknown[] = []
  const { refreshTokens, revocations } = memoryStore()
  const store: RefreshTokenStore = {
    ...refreshTokens,
    start: async (token) => {
      rows.push(token)
      return refreshTokens.start(token)
    },
    rotate: async (rotation) => {
      rows.push(rotation)
      return refreshTokens.rotate(rotation)
    }
  }
  const { login, refresh } = await server({ store: { refreshTokens: store, revocations } })
  const first = await login()
  const second = await refresh(first.body.refresh_token)
  const stored = JSON.stringify(rows)
  t.equal(rows.length, 2)
  for (const { body } of [first, second]) {
    t.match(body.refresh_token, /^[A-Za-z0-9_-]{43}$/, '256 bits')
    t.notOk(stored.includes(body.refresh_token))
    t.notOk(stored.includes(Buffer.from(body.refresh_token, 'base64url').toString('hex')))
  }
  const { sealedSuccessor } = rows[1] as { sealedSuccessor: string } // pushed above
  for (const known of [(rows[0] as StoredRefreshToken).hash, second.body.refresh_token]) {
    await t.rejects(
      compactDecrypt(sealedSuccessor, Buffer.from(known, 'base64url')),
      'neither the hash nor the successor decrypts it'
    )
  }
})

t.test(
  'another client cannot use a refresh token, and does not use it up (SEC-79, RFC 6749 §10.4, RFC 9700 §4.14.2)',
  async (t) => {
    const clients = ['a', 'b'].map((clientId) => ({ clientId, grantTypes }))
    const { login, refresh } = await server({ clients })
    const { body } = await login({ client_id: 'a' })
    like(t, await refresh(body.refresh_token, { client_id: 'b' }), refused)
    const again = await refresh(body.refresh_token, { client_id: 'a' })
    like(t, again, { status: 200 })
    like(t, await refresh(body.refresh_token, { client_id: 'b' }), refused, 'also refused in the grace period')
    like(t, await refresh(again.body.refresh_token, { client_id: 'a' }), { status: 200 })
  }
)

for (const [name, form] of Object.entries({
  'a malformed scope': { scope: 'a  b' },
  'a scope that is too wide': { scope: 'items:read admin' },
  'another grant type': { grant_type: 'other' },
  'an unknown client': { client_id: 'nobody' }
})) {
  t.test(`a refused request with ${name} does not use up the refresh token (SEC-83)`, async (t) => {
    const { login, refresh } = await server({ refreshGracePeriod: 0 })
    const { body } = await login({ scope: 'items:read' })
    t.not((await refresh(body.refresh_token, form)).status, 200)
    like(t, await refresh(body.refresh_token), { status: 200 })
  })
}

t.test('a failure of the server does not use up the refresh token (SEC-83, FAULT-12)', async (t) => {
  const { refreshTokens, revocations } = memoryStore()
  const failing = new Set<string>()
  const down = <Method extends (...parameters: never[]) => Promise<unknown>>(name: string, method: Method): Method =>
    // The method with its type. It sometimes throws.
    (async (...parameters) => {
      if (failing.has(name)) throw Object.assign(new Error('connect ECONNREFUSED'), { statusCode: 503 })
      return method(...parameters)
    }) as Method
  const store = {
    ...refreshTokens,
    find: down('find', refreshTokens.find),
    rotate: down('rotate', refreshTokens.rotate)
  }
  const { login, refresh } = await server({ store: { refreshTokens: store, revocations }, refreshGracePeriod: 0 })
  const { body } = await login()
  for (const name of ['find', 'rotate']) {
    failing.add(name)
    const { status, body: failure, headers, text } = await refresh(body.refresh_token)
    like(t, [status, failure.error, headers['retry-after']], [503, 'temporarily_unavailable', '5'])
    t.notMatch(text, /ECONNREFUSED/)
    failing.clear()
  }
  like(t, await refresh(body.refresh_token), { status: 200 })
})

for (const [name, asked, narrowed, expected] of [
  ['the same scopes without a scope parameter', 'items:read items:write', undefined, 'items:read items:write'],
  ['the same scopes with an empty scope parameter', 'items:read items:write', '', 'items:read items:write'],
  ['the requested part of the scopes', 'items:read items:write', 'items:write', 'items:write'],
  ['no scopes when none were granted', undefined, undefined, undefined]
] as const) {
  t.test(`a refreshed access token has ${name}, and the next refresh can have all again (SEC-84)`, async (t) => {
    const { login, refresh } = await server()
    const first = await login(asked === undefined ? {} : { scope: asked })
    const second = await refresh(first.body.refresh_token, narrowed === undefined ? {} : { scope: narrowed })
    like(t, second, { status: 200 })
    t.equal(second.body.scope, expected)
    t.equal(claimsOf(second.body.access_token).scope, expected)
    const third = await refresh(second.body.refresh_token)
    t.equal(third.body.scope, asked)
  })
}

for (const scope of ['items:write', 'items:read items:write', 'admin']) {
  t.test(
    `a refresh does not extend items:read to ${scope}, although the user may have it (SEC-84, RFC 9700 §4.14.2)`,
    async (t) => {
      const { login, refresh } = await server()
      const { body } = await login({ scope: 'items:read' })
      like(t, await refresh(body.refresh_token, { scope }), { status: 400, body: { error: 'invalid_scope' } })
    }
  )
}

t.test('a refresh omits scopes that the client no longer has (SEC-84, SEC-14)', async (t) => {
  let scopes = ['items:read', 'items:write']
  const clients = async (clientId: string) => ({ clientId, grantTypes, scopes })
  const { login, refresh } = await server({ clients, defaultClientId: 'a' })
  const first = await login({ scope: 'items:read items:write' })
  scopes = ['items:read']
  const second = await refresh(first.body.refresh_token)
  like(t, second, { status: 200, body: { scope: 'items:read' } })
  like(t, await refresh(second.body.refresh_token, { scope: 'items:write' }), {
    status: 400,
    body: { error: 'invalid_scope' }
  })
  like(t, await refresh(second.body.refresh_token), { status: 200 })
})

t.test('an unused refresh token expires (SEC-85, RFC 9700 §4.14.2)', async (t) => {
  const time = clock()
  const { login, refresh } = await server({ now: time.now })
  const [early, late] = [await login(), await login()]
  time.seconds += 14 * DAY - 1
  const renewed = await refresh(early.body.refresh_token)
  like(t, renewed, { status: 200 })
  time.seconds += 1
  like(t, await refresh(late.body.refresh_token), refused)
  time.seconds += 14 * DAY - 2
  like(t, await refresh(renewed.body.refresh_token), { status: 200 })
})

t.test('a family expires after its absolute lifetime, with any number of refreshes (SEC-85)', async (t) => {
  const time = clock()
  const { login, refresh } = await server({ now: time.now })
  let { body } = await login()
  for (let day = 10; day < 90; day += 10) {
    time.seconds += 10 * DAY
    const next = await refresh(body.refresh_token)
    like(t, next, { status: 200 })
    body = next.body
  }
  time.seconds += 10 * DAY - 1
  const last = await refresh(body.refresh_token)
  like(t, last, { status: 200 })
  time.seconds += 1
  like(t, await refresh(last.body.refresh_token), refused)
})

t.test('an access token or an invented text is refused as a refresh token (SEC-87, RFC 6749 §10.4)', async (t) => {
  const { login, refresh } = await server()
  const { body } = await login()
  for (const token of [
    body.access_token,
    'x',
    `${body.refresh_token}x`,
    body.refresh_token.toLowerCase(),
    '__proto__'
  ]) {
    like(t, await refresh(token), refused)
  }
  like(t, await refresh(body.refresh_token), { status: 200 })
})

t.test('a refresh token is not a JWT, so that it cannot pass as an access token (SEC-87)', async (t) => {
  const { body } = await (await server()).login()
  t.notOk(body.refresh_token.includes('.'))
})
