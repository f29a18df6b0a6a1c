import { ResourceOwnerPassword } from 'simple-oauth2'
import t from 'tap'
import { like } from '@latchkey/exact'
import tokenIntrospection from 'token-introspection'
import { clientId, clientSecret, plainClient, refusal, startServer, statusOfItems, user } from './server.ts'

for (const authorizationMethod of ['header', 'body'] as const) {
  t.test(
    `simple-oauth2 logs in, refreshes and revokes, and token-introspection introspects, with the secret in the ${authorizationMethod}`,
    async (t) => {
      const origin = await startServer(t)
      const client = new ResourceOwnerPassword({
        client: { id: clientId, secret: clientSecret },
        auth: { tokenHost: origin, tokenPath: '/token', revokePath: '/revoke' },
        // With its default strictness it refuses the empty answer of RFC 7009 §2.2.
        http: { json: true },
        options: { authorizationMethod }
      })
      const first = await client.getToken({ ...user, scope: ['items:read', 'items:write'] })
      like(t, first.token, { token_type: 'Bearer', scope: 'items:read', expires_in: 600 })
      t.equal(await statusOfItems(origin, String(first.token['access_token'])), 200)

      const second = await first.refresh()
      t.not(second.token['refresh_token'], first.token['refresh_token'])
      t.equal(await statusOfItems(origin, String(second.token['access_token'])), 200)

      // It has no introspection. A separate library introspects for resource servers.
      const introspect = tokenIntrospection({
        endpoint: `${origin}/introspect`,
        client_id: plainClient.clientId,
        client_secret: plainClient.clientSecret,
        fetch
      })
      const accessToken = String(second.token['access_token'])
      like(t, await introspect(accessToken, 'access_token'), { active: true, sub: 'ann', scope: 'items:read' })
      await second.revoke('access_token')
      like(t, await refusal(introspect(accessToken, 'access_token')), { name: 'TokenNotActiveError' })
      t.equal(await statusOfItems(origin, String(second.token['access_token'])), 401)
      t.equal(await statusOfItems(origin, String(first.token['access_token'])), 200)
      await second.revokeAll()
      like(t, await refusal(second.refresh()), { data: { payload: { error: 'invalid_grant' } } })
      t.equal(await statusOfItems(origin, String(first.token['access_token'])), 401)

      like(t, await refusal(client.getToken({ ...user, password: 'wrong' })), {
        output: { statusCode: 400 },
        data: { payload: { error: 'invalid_grant' } }
      })
    }
  )
}
