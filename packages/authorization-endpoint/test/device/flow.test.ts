import { createHash } from 'node:crypto'
import { like, rejectsLike } from '@latchkey/exact'
import { generateClientSecret } from '@latchkey/token-endpoint'
import t from 'tap'
import { claimsOf, cli, codesOf, DEVICE_CODE, deviceServer } from '../fixtures/device.ts'
import { issuer, server } from '../fixtures/server.ts'
import { cookieOf } from '../fixtures/session.ts'

t.test(
  'gives a device tokens after its user entered the code and allowed it (RFC 8628 §1, §3.2, §3.3, §3.3.1, §5.4)',
  async (t) => {
    const { begin, get, enter, answer, poll, post, time } = await deviceServer(t)
    const codes = await begin()
    t.equal(codes.status, 200)
    t.equal(codes.headers['cache-control'], 'no-store')
    const { deviceCode, userCode } = codesOf(codes)
    t.match(deviceCode, /^[\w-]{43}$/)
    t.match(userCode, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    t.same(codes.json, {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: `${issuer}/device`,
      verification_uri_complete: `${issuer}/device?user_code=${userCode}`,
      expires_in: 600,
      interval: 5
    })
    const early = await poll(deviceCode)
    t.same([early.status, early.json['error']], [400, 'authorization_pending'])

    const form = await get('/device')
    t.equal(form.status, 200)
    t.match(form.text, /<input id="user_code" name="user_code" value="" required/)
    const page = await enter(userCode)
    t.equal(page.status, 200)
    t.match(page.text, /<strong>Command Line<\/strong>, an app on another device, wants to act for you/)
    t.ok(page.text.includes(`must show the code <strong>${userCode}</strong>`))
    t.match(page.text, /Only continue if you started this on your device/)
    t.match(page.text, /asks to:<\/p>\s*<ul><li>Read your items<\/li><\/ul>/)
    t.ok(page.text.includes(`<a href="/login?returnTo=%2Fdevice%3Fuser_code%3D${userCode}&#38;prompt=select_account">`))
    t.match(page.headers['content-security-policy'], /form-action 'self'$/)
    const done = await answer(userCode, 'allow')
    t.equal(done.status, 200)
    t.match(done.text, /Go back to <strong>Command Line<\/strong> on your device/)

    time.seconds += 5
    const tokens = await poll(deviceCode)
    t.equal(tokens.status, 200)
    t.equal(tokens.json['scope'], 'items:read')
    const { sub, client_id, aud, auth_time } = claimsOf(tokens)
    t.same([sub, client_id, aud, auth_time], ['alice', 'cli', issuer, 1_000_000])
    const refreshed = await post('/token', {
      grant_type: 'refresh_token',
      refresh_token: tokens.json.refresh_token,
      client_id: 'cli'
    })
    t.equal(refreshed.status, 200)
  }
)

t.test('answers access_denied after the user refused (RFC 8628 §3.5)', async (t) => {
  const { begin, enter, answer, poll } = await deviceServer(t)
  const { deviceCode, userCode } = codesOf(await begin())
  await enter(userCode)
  const refused = await answer(userCode, 'deny')
  t.equal(refused.status, 200)
  t.match(refused.text, /<h1>Not allowed<\/h1>/)
  for (let attempt = 0; attempt < 2; attempt++) {
    const { status, json } = await poll(deviceCode)
    t.same([status, json['error']], [400, 'access_denied'])
  }
})

t.test('stores hashes of the codes only (RFC 8628 §5.2)', async (t) => {
  const created: string[] = []
  const { begin } = await deviceServer(t, {
    records: (records) => ({
      async create(record, most) {
        created.push(JSON.stringify(record))
        return records.create(record, most)
      }
    })
  })
  const { deviceCode, userCode } = codesOf(await begin())
  const hash = createHash('sha256').update(deviceCode).digest('base64url')
  t.equal(created.length, 2)
  t.equal(created.filter((record) => record.includes(hash)).length, 2)
  t.equal(created.filter((record) => record.includes(deviceCode) || record.includes(userCode)).length, 0)
})

t.test('continues after a restart, with the codes of the time before', async (t) => {
  const first = await deviceServer(t)
  const { deviceCode, userCode } = codesOf(await first.begin())
  await first.enter(userCode)
  const second = await deviceServer(t, { before: first })
  await second.answer(userCode, 'allow')
  const third = await deviceServer(t, { before: first })
  t.equal((await third.poll(deviceCode)).status, 200)
  first.time.seconds += 5
  t.equal((await second.poll(deviceCode)).json['error'], 'invalid_grant')
})

t.test('clips the scopes to those of the client and of the user, and takes the default scopes for none', async (t) => {
  const client = { ...cli, scopes: ['items:read', 'admin'], defaultScopes: ['items:read', 'items:write'] }
  const { allowed, poll } = await deviceServer(t, { clients: [client] })
  for (const form of [{ scope: 'items:read items:write admin' }, {}]) {
    t.equal((await poll(await allowed(form))).json['scope'], 'items:read')
  }
})

t.test('binds the tokens to the resources of the request', async (t) => {
  const resource = 'https://other.example.com'
  const { allowed, poll } = await deviceServer(t, { tokens: { resources: [resource] } })
  const form = { scope: 'items:read', resource }
  t.equal(claimsOf(await poll(await allowed(form))).aud, resource)
  const other = await poll(await allowed(form), { resource: issuer })
  t.same([other.status, other.json['error']], [400, 'invalid_target'])
})

t.test('gives no auth_time when the time of the login is not known', async (t) => {
  const { allowed, poll } = await deviceServer(t)
  const tokens = await poll(await allowed(undefined, cookieOf({ authenticatedAt: null })))
  t.equal(tokens.status, 200)
  t.equal('auth_time' in claimsOf(tokens), false)
})

interface Metadata {
  readonly device_authorization_endpoint?: string
  readonly grant_types_supported: readonly string[]
}

for (const { name, form, clients, error } of [
  {
    name: 'a client without the grant type',
    clients: [{ ...cli, grantTypes: ['refresh_token'] }],
    error: 'unauthorized_client'
  },
  { name: 'a malformed scope', form: { scope: 'a"b' }, error: 'invalid_scope' },
  { name: 'an unknown resource', form: { resource: 'https://unknown.example.com' }, error: 'invalid_target' },
  { name: 'an unknown client', form: { client_id: 'other' }, error: 'invalid_client', status: 401 }
]) {
  t.test(`refuses a request for codes with ${name} as ${error} (RFC 8628 §3.2)`, async (t) => {
    const { begin } = await deviceServer(t, { ...(clients && { clients }) })
    const answer = await begin(form)
    t.same([answer.status, answer.json['error']], [error === 'invalid_client' ? 401 : 400, error])
  })
}

t.test('authenticates a confidential client for its codes and for its tokens (RFC 8628 §3.1, §3.4)', async (t) => {
  const { clientSecret, clientSecretHash } = generateClientSecret()
  const { begin, poll } = await deviceServer(t, { clients: [{ ...cli, clientSecretHash }] })
  t.equal((await begin()).status, 401)
  const codes = await begin({ client_secret: clientSecret })
  t.equal(codes.status, 200)
  const { deviceCode } = codesOf(codes)
  t.equal((await poll(deviceCode)).status, 401)
  t.equal((await poll(deviceCode, { client_secret: clientSecret })).json['error'], 'authorization_pending')
})

t.test('refuses a repeated parameter, and treats one without a value as omitted (RFC 8628 §3.1)', async (t) => {
  const { app, begin } = await deviceServer(t)
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const payload = 'client_id=cli&scope=items:read&scope=items:write'
  const repeated = await app.inject({ method: 'POST', url: '/device_authorization', headers, payload })
  t.same([repeated.statusCode, repeated.json().error], [400, 'invalid_request'])
  t.equal((await begin({ scope: '', resource: '', unknown: 'x' })).status, 200)
})

t.test('answers 429 to more requests for codes than requestsPerMinute', async (t) => {
  const { begin, time } = await deviceServer(t, { endpoint: { requestsPerMinute: 2 } })
  t.equal((await begin()).status, 200)
  t.equal((await begin()).status, 200)
  t.equal((await begin()).status, 429)
  time.seconds += 60
  t.equal((await begin()).status, 200)
})

t.test(
  'has the endpoint, the grant type and the page exactly when the option device is on (RFC 8628 §4)',
  async (t) => {
    const paths = { path: '/codes', verificationPath: '/tv', lifetime: 60, interval: 10 }
    for (const { device, endpoint } of [
      { device: undefined, endpoint: undefined },
      { device: false, endpoint: undefined },
      { device: true, endpoint: '/device_authorization' },
      { device: {}, endpoint: '/device_authorization' },
      { device: paths, endpoint: '/codes' }
    ]) {
      const { app, post, get } = await server(t, {
        clients: [cli],
        endpoint: { ...(device !== undefined && { device }) }
      })
      const metadata = (await app.inject('/.well-known/oauth-authorization-server')).json<Metadata>()
      const isOn = endpoint !== undefined
      t.equal(metadata.device_authorization_endpoint, isOn ? issuer + endpoint : undefined)
      t.equal(metadata.grant_types_supported.includes(DEVICE_CODE), isOn)
      const codes = await post(endpoint ?? '/device_authorization', { client_id: 'cli' })
      t.equal(codes.status, isOn ? 200 : 404)
      t.equal((await get(device === paths ? '/tv' : '/device')).status, isOn ? 200 : 404)
      if (device === paths) {
        like(t, codes.json, { verification_uri: `${issuer}/tv`, expires_in: 60, interval: 10 })
      }
    }
  }
)

for (const { device, message } of [
  {
    device: 'yes',
    message: /device must be true, false or an object such as \{ lifetime: 600 \}; got a string$/
  },
  { device: { paths: '/a' }, message: /device\.paths does not exist\. Fix: write path$/ },
  { device: { lifetime: 0 }, message: /device\.lifetime must be a whole number of seconds from 1 to 3600/ },
  { device: { interval: 61 }, message: /device\.interval must be a whole number of seconds from 1 to 60/ },
  { device: { verificationPath: 'device' }, message: /device\.verificationPath must be a path such as '\/device'/ }
]) {
  t.test(`stops the start for the option device ${JSON.stringify(device)}`, async (t) => {
    // Cast: the types refuse it too.
    const code = 'LATCHKEY_REGISTRATION'
    await rejectsLike(t, server(t, { endpoint: { device: device as never } }), { message, code })
  })
}

t.test('draws another user code when the first is taken, and gives up after five', async (t) => {
  let taken = 4
  const { begin } = await deviceServer(t, {
    records: (records) => ({
      create: async (record, most) =>
        record.kind === 'user-code' && taken-- > 0 ? false : records.create(record, most)
    })
  })
  t.equal((await begin()).status, 200)
  taken = 5
  const failed = await begin()
  t.same([failed.status, failed.json['error']], [500, 'server_error'])
})
