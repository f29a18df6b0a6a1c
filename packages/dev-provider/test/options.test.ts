import { once } from 'node:events'
import { Agent, get } from 'node:http'
import type { Socket } from 'node:net'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { defaultClient, devProvider, type DevProviderOptions, RegistrationError } from '@latchkey/dev-provider'
import { logIn, provider, REDIRECT_URI, rejection, relyingParty, startLogin } from './fixtures/relying-party.ts'

const client = { clientId: 'app', clientSecret: 'secret' }

for (const { options, message } of [
  {
    options: { colour: 'red' },
    message:
      '@latchkey/dev-provider: colour does not exist. Fix: use one of profile, port, clients, people, faults, autoLogin, insecureAllowProduction'
  },
  {
    options: { profile: 'github' },
    message: "@latchkey/dev-provider: profile must be 'discord' or 'google' or 'oidc'; got a string"
  },
  {
    options: { profile: 'constructor' },
    message: "@latchkey/dev-provider: profile must be 'discord' or 'google' or 'oidc'; got a string"
  },
  {
    options: { port: -1 },
    message: '@latchkey/dev-provider: port must be a port from 0 to 65535; 0 is any free port; got a number'
  },
  {
    options: { port: 65_536 },
    message: '@latchkey/dev-provider: port must be a port from 0 to 65535; 0 is any free port; got a number'
  },
  {
    options: { port: NaN },
    message: '@latchkey/dev-provider: port must be a port from 0 to 65535; 0 is any free port; got a number'
  },
  {
    options: { people: [] },
    message: '@latchkey/dev-provider: people must be a list of at least one person; got an empty list'
  },
  {
    options: { people: [{ id: 'a b', name: 'A B' }] },
    message: '@latchkey/dev-provider: people[0].id must have only letters, digits, - and _; got a string'
  },
  {
    options: {
      people: [
        { id: 'a', name: 'A' },
        { id: 'a', name: 'B', subject: 'b' }
      ]
    },
    message: '@latchkey/dev-provider: people must each have an id and a subject of their own'
  },
  {
    options: {
      people: [
        { id: 'a', name: 'A' },
        { id: 'b', name: 'B', subject: 'a' }
      ]
    },
    message: '@latchkey/dev-provider: people must each have an id and a subject of their own'
  },
  { options: { autoLogin: 'nobody' }, message: '@latchkey/dev-provider: autoLogin must be the id of a person' },
  {
    options: { clients: [{ ...client, clientId: '' }] },
    message:
      '@latchkey/dev-provider: clients[0].clientId must have only the characters A-Z, a-z, 0-9 and ._~-; got an empty string'
  },
  {
    options: { clients: [{ ...client, clientSecret: 'a:b' }] },
    message:
      '@latchkey/dev-provider: clients[0].clientSecret must have only the characters A-Z, a-z, 0-9 and ._~-; got a string'
  },
  {
    options: { clients: [client, client] },
    message: '@latchkey/dev-provider: clients must each have a clientId of their own'
  },
  {
    options: { clients: [{ ...client, redirectUris: ['https://example.com/'] }] },
    message:
      '@latchkey/dev-provider: clients[0].redirectUris[0] must be a loopback URI such as http://localhost:3000/callback; got a string'
  },
  {
    options: { clients: [{ ...client, postLogoutRedirectUris: ['nonsense'] }] },
    message:
      '@latchkey/dev-provider: clients[0].postLogoutRedirectUris[0] must be a loopback URI such as http://localhost:3000/callback; got a string'
  },
  {
    options: { clients: [{ ...client, backchannelLogoutUri: 'http://127.0.0.1.example/' }] },
    message:
      '@latchkey/dev-provider: clients[0].backchannelLogoutUri must be a loopback URI such as http://localhost:3000/callback; got a string'
  },
  {
    options: { faults: { nonsense: {} } },
    message:
      '@latchkey/dev-provider: faults must be one of deny, expired-code, reused-code, wrong-nonce, wrong-issuer, wrong-iss-parameter, rotated-key, slow, unavailable, html, no-refresh-token'
  }
]) {
  t.test(`rejects ${JSON.stringify(options)} with a RegistrationError that names the option`, async (t) => {
    await t.rejects(devProvider(options as DevProviderOptions), RegistrationError)
    await rejectsLike(t, devProvider(options as DevProviderOptions), { message })
  })
}

t.test('starts in production only with insecureAllowProduction', async (t) => {
  const before = process.env['NODE_ENV']
  process.env['NODE_ENV'] = 'production'
  t.teardown(() => {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  })
  like(t, await rejection(devProvider()), {
    message:
      '@latchkey/dev-provider: insecureAllowProduction must be true if NODE_ENV is production, because anybody can log in as any person'
  })
  t.ok((await provider(t, { insecureAllowProduction: true })).issuer)
})

t.test('a client without redirectUris may redirect to any loopback address, and to no other', async (t) => {
  const oidc = await provider(t)
  like(t, oidc, defaultClient)
  const config = await relyingParty(oidc)
  const ending = async (redirect_uri: string) =>
    oidc.authorize((await startLogin(config, 'openid', { redirect_uri })).url, 'ada').then(
      ({ host }) => host,
      (error: unknown) => (error as Error).message.split(' ').at(-1)
    )
  t.equal(await ending('http://localhost:3000/callback'), 'localhost:3000')
  t.equal(await ending('http://127.0.0.2/'), '127.0.0.2')
  t.equal(await ending('https://app.localhost/'), 'app.localhost')
  t.equal(await ending('http://[::1]:3000/'), '[::1]:3000')
  for (const uri of [
    'https://example.com/',
    'http://localhost.example.com/',
    'http://127.0.0.1.example.com/',
    'http://user@localhost/',
    'http://localhost/#fragment',
    'ftp://localhost/',
    'localhost',
    '//localhost/'
  ]) {
    t.equal(await ending(uri), 'invalid_redirect_uri', uri)
  }
})

t.test('a client with redirectUris may redirect only to these', async (t) => {
  const oidc = await provider(t, { clients: [{ ...client, redirectUris: [REDIRECT_URI] }] })
  like(t, oidc, client)
  const config = await relyingParty(oidc)
  t.ok((await logIn(oidc, config, 'ada', 'openid')).access_token)
  const other = await startLogin(config, 'openid', { redirect_uri: `${REDIRECT_URI}/` })
  await t.rejects(oidc.authorize(other.url, 'ada'), /invalid_redirect_uri/)
})

t.test('a wrong client secret is answered with 401', async (t) => {
  const oidc = await provider(t)
  const config = await relyingParty({ ...oidc, clientSecret: 'wrong' })
  like(t, await rejection(logIn(oidc, config, 'ada', 'openid')), { status: 401 })
})

t.test('a person in the option people gets defaults for missing members', async (t) => {
  const people = [{ id: 'me', name: 'Me Myself', email: 'me@example.com' }]
  for (const [profile, expected] of [
    ['google', { sub: 'me', given_name: 'Me', email_verified: true }],
    ['oidc', { sub: 'me', preferred_username: 'me', locale: 'en-US', email_verified: true }]
  ] as const) {
    const each = await provider(t, { profile, people })
    like(t, (await logIn(each, await relyingParty(each), 'me', 'openid email profile')).claims(), expected)
  }
  const discord = await provider(t, { profile: 'discord', people })
  const { access_token } = await logIn(discord, await relyingParty(discord), 'me', 'openid identify email')
  for (const [path, expected] of [
    ['/api/users/@me', { id: 'me', username: 'me', global_name: 'Me Myself', verified: true }],
    ['/api/oauth2/userinfo', { sub: 'me', preferred_username: 'me' }]
  ] as const) {
    const response = await fetch(discord.origin + path, { headers: { authorization: `Bearer ${access_token}` } })
    like(t, await response.json(), expected)
  }
})

t.test('several instances run side by side, and each accepts only its own access tokens', async (t) => {
  const instances = await Promise.all(
    (['discord', 'google', 'oidc', 'oidc'] as const).map((profile) => provider(t, { profile }))
  )
  t.equal(new Set(instances.map(({ issuer }) => issuer)).size, 4)
  for (const each of instances) {
    const tokens = await logIn(each, await relyingParty(each), 'ada', 'openid')
    t.equal(tokens.claims()?.iss, each.issuer)
    const elsewhere = instances.filter((other) => other !== each)
    for (const other of elsewhere) {
      const headers = { authorization: `Bearer ${tokens.access_token}` }
      t.equal((await fetch(other.endpoints.userinfo, { headers })).status, 401)
    }
  }
})

t.test('devProvider() rejects with EADDRINUSE when the port is taken', async (t) => {
  const { origin } = await provider(t)
  await rejectsLike(t, devProvider({ port: Number(new URL(origin).port) }), { code: 'EADDRINUSE' })
})

t.test('close() ends connections that are kept alive, and frees the port', async (t) => {
  const oidc = await devProvider()
  const agent = new Agent({ keepAlive: true })
  const socket = await new Promise<Socket>((resolve) => {
    get(oidc.endpoints.jwks, { agent }, (response) => {
      const { socket } = response
      response.resume().on('end', () => resolve(socket))
    })
  })
  socket.ref() // the agent unreferences idle sockets
  t.notOk(socket.destroyed)
  await Promise.all([once(socket, 'close'), oidc.close()])
  const again = await provider(t, { port: Number(new URL(oidc.origin).port) })
  t.equal(again.origin, oidc.origin)
})
