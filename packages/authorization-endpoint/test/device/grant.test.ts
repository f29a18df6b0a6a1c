import { heard } from '@latchkey/exact/heard'
import type { ClientAuthorizationEvent } from '@latchkey/authorization-endpoint'
import t from 'tap'
import { claimsOf, cli, codesOf, deviceServer } from '../fixtures/device.ts'
import { server } from '../fixtures/server.ts'

t.test(
  'answers slow_down to a device that polls too early, and 5 seconds more each time (RFC 8628 §3.5)',
  async (t) => {
    const { begin, poll, time } = await deviceServer(t)
    const { deviceCode } = codesOf(await begin())
    const errors = async (...waits: readonly number[]): Promise<unknown[]> => {
      const all = []
      for (const wait of waits) {
        time.seconds += wait
        const { status, json } = await poll(deviceCode)
        all.push(status === 400 ? json['error'] : status)
      }
      return all
    }
    const [pending, slow] = ['authorization_pending', 'slow_down']
    t.same(await errors(0, 5, 4), [pending, pending, slow], 'an interval of 5 seconds')
    t.same(await errors(9, 15, 14), [slow, pending, slow], '10, then 15')
    t.same(await errors(20, 19), [pending, slow], '20')
  }
)

t.test('gives a device its tokens at once when it polls too early after the decision', async (t) => {
  const { begin, enter, answer, poll } = await deviceServer(t)
  const { deviceCode, userCode } = codesOf(await begin())
  await enter(userCode)
  t.equal((await poll(deviceCode)).json['error'], 'authorization_pending')
  await answer(userCode, 'allow')
  t.equal((await poll(deviceCode)).status, 200)
})

t.test('continues when the clock is set back', async (t) => {
  const { begin, poll, time } = await deviceServer(t)
  const { deviceCode } = codesOf(await begin())
  await poll(deviceCode)
  time.seconds -= 3600
  t.equal((await poll(deviceCode)).json['error'], 'slow_down')
  time.seconds += 10
  t.equal((await poll(deviceCode)).json['error'], 'authorization_pending')
})

t.test('answers expired_token after the lifetime, also to an allowed device (RFC 8628 §3.5)', async (t) => {
  const { begin, allowed, poll, enter, time } = await deviceServer(t, { endpoint: { device: { lifetime: 60 } } })
  const { deviceCode, userCode } = codesOf(await begin())
  const late = await allowed()
  time.seconds += 59
  t.equal((await poll(deviceCode)).json['error'], 'authorization_pending')
  time.seconds += 1
  for (const code of [deviceCode, late]) {
    const { status, json } = await poll(code)
    t.same([status, json['error']], [400, 'expired_token'])
  }
  t.equal((await enter(userCode)).status, 400)
  time.seconds += 900
  t.match((await poll(deviceCode)).json['error'], /^(?:expired_token|invalid_grant)$/)
})

t.test('exchanges a device code once: a second use is refused and revokes the tokens of the first', async (t) => {
  const { app, allowed, poll, post, time } = await deviceServer(t)
  const events = heard<ClientAuthorizationEvent>(t, 'latchkey:client-authorization')
  const deviceCode = await allowed()
  const tokens = await poll(deviceCode)
  t.equal(tokens.status, 200)
  time.seconds += 700
  const again = await poll(deviceCode)
  t.same([again.status, again.json['error']], [400, 'invalid_grant'])
  t.equal(app.tokenEndpoint.isRevoked(claimsOf(tokens)), true)
  const form = { grant_type: 'refresh_token', refresh_token: tokens.json.refresh_token, client_id: 'cli' }
  t.equal((await post('/token', form)).status, 400)
  t.same(
    events.map(({ kind }) => kind),
    ['granted', 'code-reused']
  )
})

t.test('gives tokens to one of fifty polls at once, and they work', async (t) => {
  const { app, allowed, poll, time } = await deviceServer(t)
  const deviceCode = await allowed()
  const answers = await Promise.all(Array.from({ length: 50 }, async () => poll(deviceCode)))
  const good = answers.filter(({ status }) => status === 200)
  t.equal(good.length, 1)
  t.equal(answers.filter(({ json }) => json['error'] === 'slow_down').length, 49)
  t.same(
    good.map((tokens) => app.tokenEndpoint.isRevoked(claimsOf(tokens))),
    [false]
  )
  time.seconds += 4
  t.equal((await poll(deviceCode)).json['error'], 'slow_down')
  time.seconds += 1
  t.equal((await poll(deviceCode)).json['error'], 'invalid_grant')
  t.same(
    good.map((tokens) => app.tokenEndpoint.isRevoked(claimsOf(tokens))),
    [true]
  )
})

t.test('answers slow_down when another process changes the records during a poll', async (t) => {
  let isFaster = true
  const { begin, enter, answer, poll } = await deviceServer(t, {
    records: (records) => ({
      replace: async (key, version, change) =>
        isFaster && key.kind.startsWith('device-') ? false : records.replace(key, version, change)
    })
  })
  const { deviceCode, userCode } = codesOf(await begin())
  t.equal((await poll(deviceCode)).json['error'], 'slow_down')
  await enter(userCode)
  isFaster = false
  await answer(userCode, 'allow')
  isFaster = true
  t.equal((await poll(deviceCode)).json['error'], 'slow_down')
  isFaster = false
  t.equal((await poll(deviceCode)).status, 200)
})

t.test('answers authorization_pending to one of two polls at once', async (t) => {
  const { begin, poll } = await deviceServer(t)
  const { deviceCode } = codesOf(await begin())
  const answers = await Promise.all([poll(deviceCode), poll(deviceCode)])
  t.same(answers.map(({ json }) => json['error']).sort(), ['authorization_pending', 'slow_down'])
})

t.test('refuses a device code of another client, an unknown one and none (RFC 8628 §3.4)', async (t) => {
  const { allowed, poll } = await deviceServer(t, { clients: [cli, { ...cli, clientId: 'other' }] })
  const deviceCode = await allowed()
  for (const [form, error] of [
    [{ client_id: 'other' }, 'invalid_grant'],
    [{ device_code: 'unknown' }, 'invalid_grant'],
    [{ device_code: '' }, 'invalid_request']
  ] as const) {
    const { status, json } = await poll(deviceCode, form)
    t.same([status, json['error']], [400, error], JSON.stringify(form))
  }
  t.equal((await poll(deviceCode)).status, 200)
})

t.test('refuses a device code after all tokens of its user were revoked', async (t) => {
  const { app, allowed, poll } = await deviceServer(t)
  const deviceCode = await allowed()
  await app.tokenEndpoint.revokeAll('alice')
  const { status, json } = await poll(deviceCode)
  t.same([status, json['error']], [400, 'invalid_grant'])
})

t.test('withdrawing a consent ends the device codes and the tokens of the client', async (t) => {
  const other = { ...cli, clientId: 'other', grantTypes: [...cli.grantTypes] }
  const { app, allowed, poll } = await deviceServer(t, {
    clients: [{ ...cli, grantTypes: cli.grantTypes.slice(0, 1) }, other]
  })
  const { authorizationEndpoint, tokenEndpoint } = app
  const used = await poll(await allowed())
  const unused = await allowed()
  const ofOther = await allowed({ client_id: 'other', scope: 'items:read' })
  t.equal(await authorizationEndpoint.withdrawConsent('alice', 'cli'), true)
  t.equal(tokenEndpoint.isRevoked(claimsOf(used)), true, 'also without a refresh token')
  const refused = await poll(unused)
  t.same([refused.status, refused.json['error']], [400, 'access_denied'])
  t.equal((await poll(ofOther, { client_id: 'other' })).status, 200)
  t.equal((await poll(await allowed())).status, 200, 'the user may allow it again')
})

t.test('withdrawing a consent works without the device authorization grant', async (t) => {
  const { app } = await server(t)
  t.equal(await app.authorizationEndpoint.withdrawConsent('alice', 'app'), false)
})
