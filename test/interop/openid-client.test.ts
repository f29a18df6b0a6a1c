import * as client from 'openid-client'
import t from 'tap'
import { like } from '@latchkey/exact'
import { clientId, clientSecret, refusal, startServer, statusOfItems, user } from './server.ts'

for (const { name, authentication } of [
  { name: 'client_secret_basic', authentication: client.ClientSecretBasic(clientSecret) },
  { name: 'client_secret_post', authentication: client.ClientSecretPost(clientSecret) }
]) {
  t.test(`openid-client logs in, refreshes, introspects and revokes as ${name} (SEC-74)`, async (t) => {
    const origin = await startServer(t)
    const config = await client.discovery(new URL(origin), clientId, undefined, authentication, {
      algorithm: 'oauth2',
      // Loopback has no certificate.
      execute: [client.allowInsecureRequests]
    })
    const first = await client.genericGrantRequest(config, 'password', { ...user, scope: 'items:read' })
    t.equal(first.token_type, 'bearer')
    t.equal(first.scope, 'items:read')
    t.equal(first.expires_in, 600)
    t.equal(await statusOfItems(origin, first.access_token), 200)

    const second = await client.refreshTokenGrant(config, String(first.refresh_token))
    t.not(second.refresh_token, first.refresh_token)
    const items = await client.fetchProtectedResource(config, second.access_token, new URL('/items', origin), 'GET')
    t.equal(items.status, 200)
    t.same(await items.json(), ['a brass key'])

    like(t, await client.tokenIntrospection(config, second.access_token), {
      active: true,
      sub: 'ann',
      client_id: clientId,
      scope: 'items:read'
    })
    await client.tokenRevocation(config, second.access_token)
    t.same(await client.tokenIntrospection(config, second.access_token), { active: false })
    t.equal(await statusOfItems(origin, second.access_token), 401)
    t.equal(await statusOfItems(origin, first.access_token), 200)
    await client.tokenRevocation(config, String(second.refresh_token), { token_type_hint: 'refresh_token' })
    like(t, await refusal(client.refreshTokenGrant(config, String(second.refresh_token))), { error: 'invalid_grant' })
    t.equal(await statusOfItems(origin, first.access_token), 401)

    like(t, await refusal(client.genericGrantRequest(config, 'password', { ...user, password: 'wrong' })), {
      status: 400,
      error: 'invalid_grant'
    })
  })
}

t.test('openid-client reports that its secret is wrong', async (t) => {
  const origin = await startServer(t)
  const config = await client.discovery(new URL(origin), clientId, undefined, client.ClientSecretBasic('wrong'), {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests]
  })
  like(t, await refusal(client.genericGrantRequest(config, 'password', user)), {
    status: 401,
    cause: [{ scheme: 'basic' }]
  })
})
