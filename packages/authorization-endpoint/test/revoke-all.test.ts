import t from 'tap'
import { cli, claimsOf, codesOf, DEVICE_CODE, deviceServer } from './fixtures/device.ts'
import { app, server } from './fixtures/server.ts'
import { cookieOf, ended } from './fixtures/session.ts'

t.test(
  'a code of a new login in the second of revokeAll() works, and the next revokeAll() ends it (SEC-86)',
  async (t) => {
    const { app, code, exchange } = await server(t)
    const before = await code()
    await app.tokenEndpoint.revokeAll('alice')
    const after = await code()
    t.equal((await exchange(before)).json['error'], 'invalid_grant')
    const tokens = await exchange(after)
    t.equal(tokens.status, 200)
    t.notOk(app.tokenEndpoint.isRevoked(claimsOf(tokens)))
    const again = await code()
    await app.tokenEndpoint.revokeAll('alice')
    t.equal((await exchange(again)).json['error'], 'invalid_grant')
  }
)

t.test(
  'a device that is allowed in the second of revokeAll() works, and the next revokeAll() ends it (SEC-86)',
  async (t) => {
    const { app, allowed, poll } = await deviceServer(t)
    const before = await allowed()
    await app.tokenEndpoint.revokeAll('alice')
    const after = await allowed()
    t.equal((await poll(before)).json['error'], 'invalid_grant')
    t.equal((await poll(after)).status, 200)
    const again = await allowed()
    await app.tokenEndpoint.revokeAll('alice')
    t.equal((await poll(again)).json['error'], 'invalid_grant')
  }
)

t.test('a revocation is remembered for as long as codes live, also with short access tokens (SEC-86)', async (t) => {
  const tokens = { accessTokenLifetime: 1 }
  const devices = await deviceServer(t, { endpoint: { device: { lifetime: 3600 } }, tokens })
  const deviceCode = await devices.allowed()
  await devices.app.tokenEndpoint.revokeAll('alice')
  devices.time.seconds += 3000
  // Reads the feed, and forgets what has expired.
  await devices.app.tokenEndpoint.revokeAll('bob')
  t.equal((await devices.poll(deviceCode)).json['error'], 'invalid_grant')
  const codes = await server(t, { endpoint: { codeLifetime: 600 }, tokens })
  const code = await codes.code()
  await codes.app.tokenEndpoint.revokeAll('alice')
  codes.time.seconds += 500
  await codes.app.tokenEndpoint.revokeAll('bob')
  t.equal((await codes.exchange(code)).json['error'], 'invalid_grant')
})

t.test(
  'app.guard.revokeAll() ends codes, device codes, consents and tokens of the subject only (SEC-86)',
  async (t) => {
    const both = { ...app, grantTypes: [...app.grantTypes, DEVICE_CODE] }
    const {
      app: fastify,
      store,
      code,
      exchange,
      refresh,
      allowed,
      poll
    } = await deviceServer(t, { clients: [both, cli] })
    const bob = cookieOf({ id: 's2', subject: 'bob' })
    const [mine, others] = [await code(), await code({}, bob)]
    const tokens = await exchange(await code())
    const devices = [await allowed(), await allowed(undefined, bob)]
    await fastify.guard.revokeAll('alice')
    t.equal((await exchange(mine)).json['error'], 'invalid_grant')
    t.equal((await refresh(tokens.json.refresh_token)).json['error'], 'invalid_grant')
    t.ok(fastify.tokenEndpoint.isRevoked(claimsOf(tokens)))
    t.equal((await poll(devices[0] ?? '')).json['error'], 'access_denied')
    t.same(await fastify.authorizationEndpoint.consents('alice'), [])
    t.same(await store.records.list('authorization-code', 'alice'), [])
    t.equal((await exchange(others)).status, 200)
    t.equal((await poll(devices[1] ?? '')).status, 200)
    t.equal((await fastify.authorizationEndpoint.consents('bob')).length, 2)
    await fastify.guard.revokeAll('alice')
  }
)

t.test('gives no code and allows no device when the session ends while the decision arrives (SEC-86)', async (t) => {
  t.teardown(() => ended.clear())
  const { authorize, get, decide, begin, enter, answer, poll } = await deviceServer(t, { clients: [app, cli] })
  const { location } = await authorize()
  await get(location)
  const { deviceCode, userCode } = codesOf(await begin())
  await enter(userCode)
  ended.add('s1')
  const refused = await decide(location, 'allow')
  t.same([refused.status, refused.query['error'], refused.query['code']], [303, 'login_required', undefined])
  t.equal((await answer(userCode, 'allow')).status, 410)
  t.equal((await poll(deviceCode)).json['error'], 'authorization_pending')
})
