import Fastify from 'fastify'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import guard from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { type Client, type TokenEndpointOptions } from '@latchkey/token-endpoint'
import { type Answer, issuer, key, server, toyGrant } from './fixtures/server.ts'

const options = (): TokenEndpointOptions => ({ issuer, audience: issuer, keys: [key], store: memoryStore() })

t.test('supports only refresh_token until another package adds a grant', async (t) => {
  const { app, login } = await server({}, { grants: [] })
  t.same(app.tokenEndpoint.grantTypes, ['refresh_token'])
  like(t, await login(), { status: 400, body: { error: 'unsupported_grant_type' } })
})

t.test('an option of undefined counts as missing', async (t) => {
  const left = {
    resources: undefined,
    clients: undefined,
    defaultClientId: undefined,
    accessTokenLifetime: undefined,
    path: undefined
  }
  const more = { refreshTokenLifetime: { idle: undefined }, refreshGracePeriod: undefined, now: undefined }
  const app = Fastify()
  // The types forbid undefined; JavaScript callers may pass it.
  await app.register(tokenEndpoint, { ...options(), ...left, ...more } as object as TokenEndpointOptions)
  app.tokenEndpoint.addGrant(toyGrant)
  const post = (payload: string) =>
    app.inject({
      method: 'POST',
      url: '/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload
    })
  const login = await post('grant_type=password&username=alice&password=opensesame')
  const { expires_in, access_token, refresh_token } = login.json<Answer['body']>()
  const claims = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString())
  t.same([expires_in, claims.exp - claims.iat], [600, 600])
  t.equal((await post(`grant_type=refresh_token&refresh_token=${refresh_token}`)).statusCode, 200)
})

t.test('app.tokenEndpoint has issuer, audience, algorithms and keys after the registration', async (t) => {
  const app = Fastify()
  await app.register(tokenEndpoint, { ...options(), audience: 'urn:items' })
  like(t, app.tokenEndpoint, { issuer, audience: 'urn:items', algorithms: ['ES256'] })
  t.equal(app.tokenEndpoint.jwks().keys.length, 1)
  t.ok(Object.isFrozen(app.tokenEndpoint))
})

t.test('a second registration in one context is refused; child contexts are separate (FAULT-34)', async (t) => {
  const app = Fastify()
  await app.register(tokenEndpoint, options())
  await rejectsLike(t, async () => app.register(tokenEndpoint, options()), {
    code: 'LATCHKEY_REGISTRATION'
  })
  const apart = Fastify()
  await apart.register(tokenEndpoint, options())
  await apart.register(
    async (child) => {
      await child.register(tokenEndpoint, { ...options(), issuer: 'https://tenant.example', path: '/tenant/token' })
      t.equal(child.tokenEndpoint.issuer, 'https://tenant.example')
    },
    { prefix: '/inner' }
  )
  t.equal(apart.tokenEndpoint.issuer, issuer)
})

t.test('the path of the token endpoint is configurable', async (t) => {
  const { app, login } = await server({ path: '/oauth2/token' })
  like(t, await login({}, { url: '/oauth2/token' }), { status: 200 })
  t.equal((await app.inject({ method: 'POST', url: '/token' })).statusCode, 404)
})

t.test('does not change its options, and ignores later changes (SEC-153)', async (t) => {
  const grantTypes = ['password']
  const clients: Client[] = [{ clientId: 'a', grantTypes }]
  const keys = [key]
  const given = Object.freeze({ ...options(), clients, keys })
  const app = Fastify()
  await app.register(tokenEndpoint, given)
  app.tokenEndpoint.addGrant(toyGrant)
  clients.push({ clientId: 'b', grantTypes })
  grantTypes.push('refresh_token')
  keys.pop()
  const answer = await app.inject({
    method: 'POST',
    url: '/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'grant_type=password&username=alice&password=opensesame'
  })
  t.equal(answer.statusCode, 200, 'the client and the key remain')
  t.notOk('refresh_token' in answer.json())
})

t.test('works next to a guard without using it', async (t) => {
  const app = Fastify()
  await app.register(guard, {})
  await app.register(tokenEndpoint, options())
  await app.ready()
  t.equal((await app.inject('/jwks')).statusCode, 200)
})

t.test('warns at the start about grant types of clients that no grant has', async (t) => {
  const lines: string[] = []
  const logger = { level: 'warn', stream: { write: (line: string) => void lines.push(line) } }
  const clients: Client[] = [{ clientId: 'a', grantTypes: ['password', 'pasword', 'refresh_token'] }]
  await (await server({ clients }, { fastify: { logger } })).app.ready()
  like(t, lines, [/clients may use grant types that no registered plugin adds: pasword"/])
  t.equal(lines.length, 1)
})
