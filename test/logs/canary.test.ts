import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { freeOrigin } from '../loopback.ts'
import { type Seen, visitor } from '../visitor.ts'
import { type Canaries, canaries, listenIn } from './canaries.ts'
import { type Providers, secrets, startProviders } from './house.ts'
import { forkProgram } from '../programs.ts'

t.test(
  'no secret is in the log at trace level, in an error body or in the output of the process (SEC-147, RFC 9700 §4.9.3)',
  async (t) => {
    const found = canaries()
    listenIn(t, found)
    found.add(...Object.values(secrets))
    const origin = await freeOrigin()
    const providers = await startProviders(t, origin)
    const server = await startHouse(t, origin, providers)
    found.add(server.client.clientSecret, ...Object.values(providers).map(({ clientSecret }) => clientSecret))
    const errors: string[] = []

    await tokenFlows(origin, server.client, found, errors)
    await bearerFlows(origin, found, errors)
    await malformedRequests(origin, found, errors)
    await loginFlows(origin, providers, found, errors)

    const { printed, code } = await server.stop()
    t.equal(code, 0, 'the process ended by itself')
    const lines = printed.trim().split('\n')
    t.ok(lines.length > 100)
    t.ok(
      lines.some((line) => line.includes('"level":10')),
      'it logged at every level'
    )
    t.match(printed, /the query failed[^"]*no such row/, 'failures are logged without their secrets')
    t.match(printed, /the request failed[^"]*401 for Authorization/)
    const names = [
      'access_token',
      'client_secret',
      'code',
      'code_verifier',
      'id_token',
      'logout_token',
      'nonce',
      'password'
    ]
    for (const name of [...names, 'refresh_token', 'state', 'token']) t.ok(found.names.has(name), `there was a ${name}`)
    t.ok(cookies.size > 10, 'there were cookies')
    t.ok(found.all.size > 60, `${found.all.size} secrets`)
    t.same(found.foundIn(printed), [])
    t.notMatch(printed, /eyJ[\w-]{10,}\.eyJ/, 'there was no JWT')
    t.ok(errors.length > 30)
    t.same(found.foundIn(errors.join('\n')), [])
  }
)

const cookies = new Set<string>()

interface Client {
  readonly clientId: string
  readonly clientSecret: string
}

interface Running {
  readonly client: Client
  stop(): Promise<{ printed: string; code: unknown }>
}

async function startHouse(t: Test, origin: string, providers: Providers): Promise<Running> {
  const known = Object.entries(providers).map(([name, { issuer, clientId, clientSecret }]) => [
    name,
    { issuer, clientId, clientSecret }
  ])
  const child = forkProgram(new URL('house-process.ts', import.meta.url), [], {
    settings: { ORIGIN: origin, PROVIDERS: JSON.stringify(Object.fromEntries(known)) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc']
  })
  t.teardown(() => child.kill('SIGKILL'))
  const { stdout, stderr } = child
  if (stdout === null || stderr === null) throw new Error('both are pipes')
  const printed = Promise.all([text(stdout), text(stderr)])
  const ended = once(child, 'exit')
  const early = ended.then(async ([code]) =>
    Promise.reject(new Error(`it ended with ${String(code)}: ${(await printed).join()}`))
  )
  const [client] = (await Promise.race([once(child, 'message'), early])) as [Client] // all that it ever sends
  early.catch(() => undefined)
  return {
    client,
    async stop() {
      child.disconnect()
      const [code] = (await ended) as unknown[]
      return { printed: (await printed).join('\n'), code }
    }
  }
}

async function tokenFlows(origin: string, client: Client, found: Canaries, errors: string[]): Promise<void> {
  const post = poster(origin, found, errors)
  const basic = basicOf(client.clientId, client.clientSecret)
  const wrong = basicOf(client.clientId, 'canary-of-a-wrong-client-secret')
  found.add('canary-of-a-wrong-client-secret', 'canary-of-a-wrong-password', basic.slice(6), wrong.slice(6))
  const right = { grant_type: 'password', username: 'ann', password: secrets.password }

  const tokens = await post('/token', right)
  await post('/token', { ...right, password: 'canary-of-a-wrong-password' })
  await post('/token', { ...right, username: 'nobody-of-this-name' })
  await post('/token', { ...right, username: 'thrower' })
  const ofBackend = await post('/token', right, { authorization: basic })
  await post('/token', right, { authorization: wrong })
  await post('/token', right, { authorization: `${basic}!` })
  await post('/token', { ...right, client_id: client.clientId, client_secret: client.clientSecret })
  await post('/token', { ...right, client_id: client.clientId, client_secret: 'canary-of-a-wrong-client-secret' })
  await post('/token', { ...right, client_secret: client.clientSecret }, { authorization: basic })
  await post('/token', { ...right, scope: `items:read ${secrets.password}` })
  await post('/token', { grant_type: String(tokens.refresh_token) })
  await post(`/token?${new URLSearchParams(right).toString()}`, { grant_type: 'password' })
  await post('/token', right, { 'content-type': 'application/json' })
  await post('/token', right, { dpop: String(tokens.access_token) })
  for (const body of [
    `${String(new URLSearchParams(right))}&password=${tokens.refresh_token}`,
    `%${tokens.access_token}`
  ]) {
    await post('/token', body)
  }

  const refreshed = await post('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
  await post('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
  await post('/token', { grant_type: 'refresh_token', refresh_token: refreshed.refresh_token })
  // The first of three: its successor was used.
  await post('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
  await post('/token', { grant_type: 'refresh_token', refresh_token: ofBackend.refresh_token })
  for (const token of [ofBackend.access_token, ofBackend.refresh_token, 'canary-of-no-token']) {
    await post('/introspect', { token }, { authorization: basic })
    await post('/introspect', { token }, { authorization: wrong })
    await post('/introspect', { token })
    await post('/revoke', { token })
    await post('/revoke', { token }, { authorization: basic })
  }
  await post(`/revoke?token=${tokens.access_token}`, {})
}

async function bearerFlows(origin: string, found: Canaries, errors: string[]): Promise<void> {
  const post = poster(origin, found, errors)
  const get = getter(origin, errors)
  const { access_token: token = '' } = await post('/token', {
    grant_type: 'password',
    username: 'ann',
    password: secrets.password
  })
  await get('/items', { authorization: `Bearer ${token}` })
  await get('/items', { authorization: `Bearer ${token}x` })
  await get('/items', { authorization: `Bearer ${token} ${token}` })
  await get('/items', { authorization: `DPoP ${token}`, dpop: token })
  await get('/items', { authorization: `Bearer ${token}`, cookie: `__Host-session=${token}` })
  await get('/items', { authorization: token })
  for (const url of ['/items', '/open', '/me', '/docs/json', '/docs', '/nowhere', '/login', '/jwks']) {
    await get(`${url}?access_token=${token}`)
    await get(`${url}?access%5Ftoken=${token}`, { authorization: `Bearer ${token}` })
  }
  await post(`/items`, { access_token: token })
}

async function malformedRequests(origin: string, found: Canaries, errors: string[]): Promise<void> {
  const secret = 'canary-of-a-malformed-request'
  found.add(secret)
  for (const lines of [
    [`GET /items HTTP/1.1`, 'Host: localhost', `Authorization: Bearer ${secret}`, 'no header'],
    [`GET /items?access_token=${secret} HTTP/9.9`],
    [`POST /token HTTP/1.1`, 'Host: localhost', 'Content-Length: 5, 6', `Cookie: ${secret}`],
    [`GET /items HTTP/1.1`, 'Host: localhost', `Cookie: ${secret}; ${'a'.repeat(20_000)}`],
    [`${secret} / HTTP/1.1`]
  ]) {
    const { hostname, port } = new URL(origin)
    const socket = connect(Number(port), hostname)
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    errors.push(await text(socket))
  }
}

async function loginFlows(
  origin: string,
  { discord, oidc }: Providers,
  found: Canaries,
  errors: string[]
): Promise<void> {
  const get = getter(origin, errors)
  const post = poster(origin, found, errors)
  for (const [name, provider] of [
    ['discord', discord],
    ['oidc', oidc]
  ] as const) {
    const ada = visitor()
    const seen = async (answer: Promise<Seen>): Promise<Seen> => {
      const { status, text, url, headers } = await answer
      if (status >= 400) errors.push(text)
      for (const cookie of (await ada.cookies(origin)).values()) {
        found.add(cookie, decodeURIComponent(cookie))
        cookies.add(cookie)
      }
      return { status, text, url, headers }
    }
    const login = `${origin}/login/${name}?returnTo=/me`
    const page = await seen(ada.get(login))
    await seen(ada.get(`${origin}/login/${name}/callback?state=canary-of-a-state&code=canary-of-a-code`))
    await seen(ada.get(`${origin}/login/${name}/callback?state=canary-of-a-state&error=canary-of-an-error`))
    found.add('canary-of-a-state', 'canary-of-a-code')
    await seen(ada.pick(page, 'ada'))
    await seen(ada.get(`${origin}/me`))
    await seen(ada.post(`${origin}/login/${name}/link`))
    await seen(ada.post(`${origin}/logout`, { returnTo: '/open' }))
    for (const fault of ['unavailable', 'html', 'reused-code', 'expired-code', 'deny'] as const) {
      const begun = await seen(ada.get(login))
      provider.faults.set(fault)
      await seen(ada.pick(begun, 'ada').catch(() => ada.get(`${origin}/open`)))
      provider.faults.clear()
    }
    if (name === 'oidc') {
      for (const fault of ['wrong-nonce', 'rotated-key', 'wrong-issuer'] as const) {
        provider.faults.set(fault)
        await seen(ada.logIn(login, 'ada'))
        provider.faults.clear()
      }
    }
    // Its onLogin throws.
    await seen(ada.logIn(login, 'grace'))
    const [cookie = ''] = [...(await ada.cookies(origin))].map((pair) => pair.join('='))
    await get('/me', { cookie: `${cookie}x` })
    await seen(ada.logIn(login, 'ada'))
  }
  await oidc.logOut('ada')
  const idToken = [...found.all].find((secret) => secret.split('.').length === 3) ?? ''
  await post('/login/oidc/backchannel-logout', { logout_token: idToken })
  await post('/login/oidc/backchannel-logout', { logout_token: 'canary-of-a-logout-token' })
  await post('/logout', { returnTo: idToken })
}

interface Tokens {
  readonly access_token?: string
  readonly refresh_token?: string
}

function poster(
  origin: string,
  found: Canaries,
  errors: string[]
): (
  url: string,
  form: string | Record<string, string | undefined>,
  headers?: Record<string, string>
) => Promise<Tokens> {
  return async (url, form, headers = {}) => {
    const body = typeof form === 'string' ? form : String(new URLSearchParams(form as Record<string, string>)) // undefined is text too
    found.addFrom(body)
    found.addFrom(origin + url)
    const answer = await request(origin + url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body
    })
    const said = await answer.body.text()
    if (answer.statusCode >= 400) errors.push(said)
    if (answer.statusCode !== 200 || !said.startsWith('{')) return {}
    found.addFrom(said)
    return JSON.parse(said) as Tokens
  }
}

function getter(origin: string, errors: string[]): (url: string, headers?: Record<string, string>) => Promise<void> {
  return async (url, headers = {}) => {
    const { statusCode, body } = await request(origin + url, { headers })
    const said = await body.text()
    if (statusCode >= 400) errors.push(said)
  }
}

function basicOf(clientId: string, clientSecret: string): string {
  return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
}
