import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { decodeJwt } from 'jose'
import { type Client, clientCredentialsGrant, generateClientSecret, type Grant } from '@latchkey/token-endpoint'
import { basic, server, toyGrant } from './fixtures/server.ts'

const { clientSecret, clientSecretHash } = generateClientSecret()
const job: Client = { clientId: 'job', clientSecretHash, grantTypes: ['client_credentials'], scopes: ['a', 'b'] }
const headers = basic('job', clientSecret)
const grants = [clientCredentialsGrant()]
const grant_type = 'client_credentials'

t.test('a client receives a token for itself, without a refresh token and a login time (SEC-40)', async (t) => {
  const clients = [{ ...job, grantTypes: ['client_credentials', 'refresh_token'] }]
  const { post } = await server({ clients }, { grants })
  const { status, body } = await post({ grant_type, scope: 'a' }, { headers })
  t.equal(status, 200)
  t.same(Object.keys(body), ['access_token', 'token_type', 'expires_in', 'scope'])
  const claims = decodeJwt(body.access_token)
  like(t, claims, { sub: 'client:job', client_id: 'job', scope: 'a', jti: /^[A-Za-z0-9_-]{22}$/ })
  t.notOk('auth_time' in claims)
})

t.test('a client receives scopes of its own list, and none without a list (SEC-14)', async (t) => {
  const { scopes: _, ...bare } = job
  const { post } = await server({ clients: [{ ...job, defaultScopes: ['b', 'c'] }] }, { grants })
  like(t, await post({ grant_type, scope: 'a b c' }, { headers }), { status: 200, body: { scope: 'a b' } })
  like(t, await post({ grant_type }, { headers }), { status: 200, body: { scope: 'b' } })
  like(t, await post({ grant_type, scope: 'c' }, { headers }), { status: 400, body: { error: 'invalid_scope' } })
  const without = await server({ clients: [bare] }, { grants })
  like(t, await without.post({ grant_type, scope: 'a' }, { headers }), { body: { error: 'invalid_scope' } })
  t.notOk('scope' in (await without.post({ grant_type }, { headers })).body)
})

t.test('a public client and a client without the grant are refused (SEC-11, SEC-14)', async (t) => {
  const clients = [
    { clientId: 'spa', grantTypes: ['client_credentials'], scopes: ['a'] },
    { ...job, grantTypes: ['password'] }
  ]
  const { post } = await server({ clients }, { grants })
  for (const answer of [await post({ grant_type, client_id: 'spa' }), await post({ grant_type }, { headers })]) {
    like(t, answer, { status: 400, body: { error: 'unauthorized_client' } })
  }
  const { post: postSecret } = await server({ clients: [job] }, { grants })
  like(t, await postSecret({ grant_type, client_id: 'job' }), { status: 401, body: { error: 'invalid_client' } })
  like(t, await postSecret({ grant_type }, { headers: basic('job', 'x') }), { status: 401 })
})

t.test('the grant type is unsupported when the grant is not registered (SEC-6)', async (t) => {
  const { post } = await server({ clients: [job] })
  like(t, await post({ grant_type }, { headers }), { status: 400, body: { error: 'unsupported_grant_type' } })
})

t.test('a subject of a user must not look like a client (SEC-41, RFC 9700 §4.15.1)', async (t) => {
  const impostor: Grant = {
    ...toyGrant,
    handle: async () => ({ subject: 'client:job', scopes: [], authenticatedAt: 0 })
  }
  const { app, login } = await server({}, { grants: [impostor] })
  like(t, await login(), { status: 500, body: { error: 'server_error' } })
  const forged = { subject: 'client:job', clientId: 'x', authenticatedAt: 0 }
  await rejectsLike(t, app.tokenEndpoint.issue(forged), { name: 'TypeError', message: /must not begin with "client:"/ })
  await t.resolves(app.tokenEndpoint.issue({ subject: 'client:job', clientId: 'job' }))
})

t.test(
  'the subject of a client differs from that of a user with the same name (SEC-41, RFC 9700 §4.15.1)',
  async (t) => {
    const clients = [{ ...job, clientId: 'alice', grantTypes: ['client_credentials', 'password'] }]
    const { post, login } = await server({ clients }, { grants: [toyGrant, ...grants] })
    const options = { headers: basic('alice', clientSecret) }
    const [client, user] = [await post({ grant_type }, options), await login({}, options)]
    t.same(
      [client, user].map(({ body }) => decodeJwt(body.access_token).sub),
      ['client:alice', 'alice']
    )
  }
)

t.test('subjectIsActive is not called for a client that acts for itself (SEC-59)', async (t) => {
  const asked: string[] = []
  const subjectIsActive = (subject: string) => {
    asked.push(subject)
    return false
  }
  const { post, introspect } = await server({ clients: [job], subjectIsActive }, { grants })
  const { body } = await post({ grant_type, scope: 'a' }, { headers })
  like(t, (await introspect(body.access_token, {}, { headers })).body, { active: true, sub: 'client:job' })
  t.same(asked, [])
})

t.test('the metadata list the grant after its registration (SEC-74)', async (t) => {
  const { app } = await server({ clients: [job] }, { grants })
  const metadata = await app.inject('/.well-known/oauth-authorization-server')
  t.same(metadata.json().grant_types_supported, ['refresh_token', 'client_credentials'])
})
