import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import t from 'tap'
import { like } from '@latchkey/exact'
import { house, secrets, startProviders } from './logs/house.ts'
import { freeOrigin, listen } from './loopback.ts'
import { type Seen, visitor } from './visitor.ts'

const CHANNELS = ['key-rotation', 'login', 'revocation', 'session', 'throttle', 'token', 'upstream']
const HASH = /^[\w-]{43}$/

t.test('each flow publishes its events without secrets (SEC-149)', async (t) => {
  const told: { channel: string; event: Readonly<Record<string, unknown>> }[] = []
  const listener = (event: unknown, channel: string | symbol): void => {
    told.push({ channel: String(channel).replace('latchkey:', ''), event: event as Readonly<Record<string, unknown>> }) // all are objects
  }
  for (const channel of CHANNELS) subscribe(`latchkey:${channel}`, listener)
  t.teardown(() => CHANNELS.forEach((channel) => unsubscribe(`latchkey:${channel}`, listener)))
  const canaries = new Set<string>([...Object.values(secrets), 'canary'])
  const all: string[] = []

  const origin = await freeOrigin()
  const providers = await startProviders(t, origin)
  const { app, client, clock } = await house(origin, providers, { failures: 2 })
  await listen(t, app, origin)
  for (const provider of Object.values(providers)) canaries.add(provider.clientSecret)
  canaries.add(client.clientSecret)

  await flow('a start', async () => {}, [{ channel: 'key-rotation', event: { kind: 'made', forced: false } }])
  await flow('a rotation of keys', () => app.tokenEndpoint.rotateKeys(), [
    { channel: 'key-rotation', event: { kind: 'made', kid: String, activeFrom: Number, forced: true } }
  ])

  const whose = { clientId: 'app', subject: 'u1', family: HASH }
  const ok = [
    { channel: 'login', event: { by: 'password', kind: 'login', clientId: 'app', subject: 'u1' } },
    { channel: 'token', event: { kind: 'issued', grantType: 'password', ...whose } }
  ]
  let tokens = await flow('a password', signIn, ok)
  await flow('a wrong password', () => ask({ username: 'ann', password: 'canary' }), [
    {
      channel: 'login',
      event: { by: 'password', kind: 'failed', code: 'wrong_password', clientId: 'app', subject: 'u1' }
    },
    { channel: 'token', event: { kind: 'refused', code: 'invalid_grant', statusCode: 400, clientId: 'app' } }
  ])
  const guess = { grant_type: 'password', username: 'canary', password: 'canary' }
  const unknown = [
    { channel: 'login', event: { kind: 'failed', code: 'unknown_user', subject: null } },
    { channel: 'token', event: { kind: 'refused', code: 'invalid_grant' } }
  ]
  await flow('an unknown user', () => ask(guess), unknown)
  await flow('an unknown user again', () => ask(guess), unknown)
  await flow('one attempt too many', () => ask(guess), [
    {
      channel: 'throttle',
      event: { kind: 'throttled', throttle: 'passwords', account: HASH, clientId: 'app', limit: 'account and address' }
    },
    { channel: 'login', event: { kind: 'failed', code: 'throttled' } },
    { channel: 'token', event: { kind: 'refused', code: 'temporarily_unavailable', statusCode: 429 } }
  ])
  await flow('a wrong client secret', () => ask({ client_id: 'backend', client_secret: 'canary' }), [
    { channel: 'token', event: { kind: 'refused', code: 'invalid_client', statusCode: 401, clientId: null } }
  ])

  const { refresh_token: used = '' } = tokens
  const refreshed = { channel: 'token', event: { kind: 'issued', grantType: 'refresh_token', ...whose } }
  const refresh = (): ReturnType<typeof ask> => ask({ grant_type: 'refresh_token', refresh_token: used })
  await flow('a refresh', refresh, [refreshed])
  clock.ahead += 16_000
  await flow('a refresh token that was used before', refresh, [
    { channel: 'token', event: { kind: 'reused', ...whose } },
    { channel: 'revocation', event: { kind: 'family', ...whose, reason: 'reuse' } },
    { channel: 'token', event: { kind: 'refused', code: 'invalid_grant' } }
  ])
  tokens = await flow('another password', signIn, ok)
  await flow('an access token that is revoked', () => ask({ token: tokens.access_token ?? '' }, '/revoke'), [
    { channel: 'revocation', event: { kind: 'token', token: HASH, clientId: 'app', subject: 'u1' } }
  ])
  await flow('a refresh token that is revoked', () => ask({ token: tokens.refresh_token ?? '' }, '/revoke'), [
    { channel: 'revocation', event: { kind: 'family', ...whose, reason: 'requested' } }
  ])
  await flow('a subject that is revoked', () => app.tokenEndpoint.revokeAll('u1'), [
    { channel: 'revocation', event: { kind: 'subject', subject: 'u1' } }
  ])

  const ada = visitor()
  const began = (name: string) => [
    { channel: 'session', event: { kind: 'started', subject: String, session: HASH } },
    { channel: 'login', event: { by: 'provider', kind: 'login', provider: name, subject: String } }
  ]
  await flow(
    'a login with Discord',
    () => seen(ada.logIn(`${origin}/login/discord?returnTo=/open`, 'ada')),
    began('discord')
  )
  await flow('a logout', () => seen(ada.post(`${origin}/logout`)), [
    { channel: 'session', event: { kind: 'ended', subject: String, session: HASH, reason: 'signed-out' } }
  ])
  await flow('a login with another', () => seen(ada.logIn(`${origin}/login/oidc?returnTo=/open`, 'ada')), began('oidc'))
  await flow('a logout at the provider', () => providers.oidc.logOut('ada'), [
    { channel: 'session', event: { kind: 'upstream-ended', issuer: providers.oidc.issuer, upstream: HASH } }
  ])
  await flow(
    'a callback without a login',
    () => seen(ada.get(`${origin}/login/oidc/callback?state=canary&code=canary`)),
    [{ channel: 'login', event: { by: 'provider', kind: 'failed', code: 'invalid_state', provider: 'oidc' } }]
  )
  await flow('all sessions of a subject', () => app.sessions.revokeAll('u1'), [
    { channel: 'session', event: { kind: 'all-ended', subject: 'u1' } }
  ])
  for (const cookie of (await ada.cookies(origin)).values()) canaries.add(cookie)

  const said = JSON.stringify(all)
  t.same(
    [...canaries].filter((canary) => canary === '' || said.includes(canary)),
    []
  )

  async function flow<Answer>(name: string, action: () => Promise<Answer>, expected: object[]): Promise<Answer> {
    const answer = await action()
    like(t, told, expected, name)
    t.equal(told.length, expected.length, `${name}: no other event`)
    t.ok(told.every(({ event }) => typeof event['kind'] === 'string' && Object.isFrozen(event)))
    all.push(...told.splice(0).map(({ event }) => JSON.stringify(event)))
    return answer
  }

  function signIn(): ReturnType<typeof ask> {
    return ask({ username: 'ann', password: secrets.password })
  }

  async function ask(form: Record<string, string>, path = '/token'): Promise<Record<string, string>> {
    const body = new URLSearchParams({ ...(path === '/token' && { grant_type: 'password' }), ...form })
    const answer = await (await fetch(origin + path, { method: 'POST', body })).text()
    const members = answer === '' ? {} : (JSON.parse(answer) as Record<string, string>)
    for (const name of ['access_token', 'refresh_token']) if (members[name]) canaries.add(members[name])
    return members
  }

  async function seen(answer: Promise<Seen>): Promise<Seen> {
    const page = await answer
    for (const cookie of (await ada.cookies(origin)).values()) canaries.add(cookie)
    return page
  }
})

t.test('each refusal of the guard is published with its code and without the credential (SEC-149)', async (t) => {
  const told: unknown[] = []
  const listener = (event: unknown, channel: string | symbol): void => void told.push({ channel, event })
  const channels = ['latchkey:authentication', 'latchkey:authorization']
  for (const channel of channels) subscribe(channel, listener)
  t.teardown(() => channels.forEach((channel) => unsubscribe(channel, listener)))
  const origin = 'http://localhost:3000'
  const { app } = await house(origin, await startProviders(t, origin))
  t.teardown(() => app.close())
  const token = await app.tokenEndpoint.issue({ subject: 'u1', clientId: 'app' })

  for (const { headers, expected } of [
    { headers: {}, expected: { channel: 'latchkey:authorization', event: { kind: 'denied', route: '/items' } } },
    {
      headers: { authorization: 'Bearer canary' },
      expected: { channel: 'latchkey:authentication', event: { kind: 'refused', code: /^LATCHKEY_/ } }
    },
    {
      headers: { authorization: `Bearer ${token}` },
      expected: {
        channel: 'latchkey:authorization',
        event: { kind: 'denied', scopes: ['items:read'], subject: 'u1' }
      }
    }
  ]) {
    await app.inject({ url: '/items?canary', headers })
    like(t, told.at(-1), expected)
  }
  const said = JSON.stringify(told)
  t.notMatch(said, /canary/)
  t.notOk(said.includes(token))
})
