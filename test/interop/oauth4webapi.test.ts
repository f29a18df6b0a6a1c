import * as oauth from 'oauth4webapi'
import t from 'tap'
import { like } from '@latchkey/exact'
import { build } from '../../examples/showcase/app.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { clientId, clientSecret, startServer, statusOfItems, user } from './server.ts'

t.test(
  'an independent client and resource server accept metadata, token responses, access tokens and revocation (SEC-40, SEC-74, SEC-91)',
  async (t) => {
    const origin = await freeOrigin()
    const app = await build(origin)
    t.teardown(() => app.close())
    await app.listen({ port: Number(new URL(origin).port), host: 'localhost' })

    const issuer = new URL(origin)
    // Loopback has no certificate; oauth4webapi asks for https everywhere else.
    const http = { [oauth.allowInsecureRequests]: true }
    const discovery = await oauth.discoveryRequest(issuer, { ...http, algorithm: 'oauth2' })
    const server = await oauth.processDiscoveryResponse(issuer, discovery)
    t.equal(server.issuer, origin)
    t.ok(server.grant_types_supported?.includes('password'))

    const client: oauth.Client = { client_id: 'showcase' }
    const parameters = { username: 'alice', password: 'wonderland', scope: 'items:read' }
    const answer = await oauth.genericTokenEndpointRequest(server, client, oauth.None(), 'password', parameters, http)
    const first = await oauth.processGenericTokenEndpointResponse(server, client, answer)
    t.equal(first.token_type, 'bearer')
    t.equal(first.expires_in, 600)

    const refreshAnswer = await oauth.refreshTokenGrantRequest(
      server,
      client,
      oauth.None(),
      String(first.refresh_token),
      http
    )
    const second = await oauth.processRefreshTokenResponse(server, client, refreshAnswer)
    t.not(second.refresh_token, first.refresh_token)

    for (const { access_token: token } of [first, second]) {
      const request = new Request(new URL('/items', origin), { headers: { authorization: `Bearer ${token}` } })
      const claims = await oauth.validateJwtAccessToken(server, request, origin, http)
      like(t, claims, { iss: origin, sub: 'alice', client_id: 'showcase', scope: 'items:read' })
      const items = await oauth.protectedResourceRequest(token, 'GET', new URL('/items', origin), undefined, null, http)
      t.equal(items.status, 200)
    }

    const revoked = await oauth.revocationRequest(server, client, oauth.None(), String(second.refresh_token), http)
    await oauth.processRevocationResponse(revoked)
    for (const { access_token: token } of [first, second]) {
      const refused: unknown = await oauth
        .protectedResourceRequest(token, 'GET', new URL('/items', origin), undefined, null, http)
        .catch((error: unknown) => error)
      like(t, refused, { status: 401, cause: [{ parameters: { error: 'invalid_token' } }] })
    }
  }
)

t.test('an independent client reads our challenges (SEC-65)', async (t) => {
  const origin = await freeOrigin()
  await listen(t, await build(origin), origin)
  const http = { [oauth.allowInsecureRequests]: true }
  const error: unknown = await oauth
    .protectedResourceRequest('no-token', 'GET', new URL('/items', origin), undefined, null, http)
    .catch((error: unknown) => error)
  t.ok(error instanceof oauth.WWWAuthenticateChallengeError)
  if (!(error instanceof oauth.WWWAuthenticateChallengeError)) return
  t.equal(error.status, 401)
  like(t, error.cause, [{ scheme: 'bearer', parameters: { error: 'invalid_token' } }])
})

for (const { name, authentication } of [
  { name: 'client_secret_basic', authentication: oauth.ClientSecretBasic(clientSecret) },
  { name: 'client_secret_post', authentication: oauth.ClientSecretPost(clientSecret) }
]) {
  t.test(`oauth4webapi logs in, refreshes, introspects and revokes as ${name} (SEC-74)`, async (t) => {
    const origin = await startServer(t)
    const issuer = new URL(origin)
    const http = { [oauth.allowInsecureRequests]: true }
    const discovery = await oauth.discoveryRequest(issuer, { ...http, algorithm: 'oauth2' })
    const server = await oauth.processDiscoveryResponse(issuer, discovery)
    t.ok(server.token_endpoint_auth_methods_supported?.includes(name))

    const client: oauth.Client = { client_id: clientId }
    const login = { ...user, scope: 'items:read' }
    const answer = await oauth.genericTokenEndpointRequest(server, client, authentication, 'password', login, http)
    const first = await oauth.processGenericTokenEndpointResponse(server, client, answer)
    t.equal(await statusOfItems(origin, first.access_token), 200)

    const token = String(first.refresh_token)
    const refreshed = await oauth.refreshTokenGrantRequest(server, client, authentication, token, http)
    const second = await oauth.processRefreshTokenResponse(server, client, refreshed)
    t.not(second.refresh_token, token)
    t.equal(await statusOfItems(origin, second.access_token), 200)

    const introspect = async (token: string): Promise<oauth.IntrospectionResponse> => {
      const answer = await oauth.introspectionRequest(server, client, authentication, token, http)
      return oauth.processIntrospectionResponse(server, client, answer)
    }
    const revoke = async (token: string): Promise<void> => {
      const answer = await oauth.revocationRequest(server, client, authentication, token, http)
      await oauth.processRevocationResponse(answer)
    }
    like(t, await introspect(second.access_token), { active: true, iss: origin, sub: 'ann', scope: 'items:read' })
    like(t, await introspect(String(second.refresh_token)), { active: true, sub: 'ann', client_id: clientId })
    await revoke(second.access_token)
    t.same(await introspect(second.access_token), { active: false })
    t.equal(await statusOfItems(origin, second.access_token), 401)
    await revoke(String(second.refresh_token))
    t.same(await introspect(String(second.refresh_token)), { active: false })
    t.equal(await statusOfItems(origin, first.access_token), 401)
    await revoke('unknown')
  })
}
