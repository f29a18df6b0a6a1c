import { ResourceOwnerPassword } from 'simple-oauth2'
import t from 'tap'
import { clientId, clientSecret, refusal, startServer, statusOfItems, user } from './server.ts'

// It has no introspection.
for (const authorizationMethod of ['header', 'body'] as const) {
  t.test(`simple-oauth2 logs in, refreshes and revokes with its secret in the ${authorizationMethod}`, async (t) => {
    const origin = await startServer(t)
    const client = new ResourceOwnerPassword({
      client: { id: clientId, secret: clientSecret },
      auth: { tokenHost: origin, tokenPath: '/token', revokePath: '/revoke' },
      // As strict as it is otherwise, it refuses the empty answer that RFC 7009 §2.2 asks for.
      http: { json: true },
      options: { authorizationMethod }
    })
    const first = await client.getToken({ ...user, scope: ['items:read', 'items:write'] })
    t.match(first.token, { token_type: 'Bearer', scope: 'items:read', expires_in: 600 })
    t.equal(await statusOfItems(origin, String(first.token['access_token'])), 200)

    const second = await first.refresh()
    t.not(second.token['refresh_token'], first.token['refresh_token'])
    t.equal(await statusOfItems(origin, String(second.token['access_token'])), 200)

    await second.revoke('access_token')
    t.equal(await statusOfItems(origin, String(second.token['access_token'])), 401)
    t.equal(await statusOfItems(origin, String(first.token['access_token'])), 200)
    await second.revokeAll()
    t.match(await refusal(second.refresh()), { data: { payload: { error: 'invalid_grant' } } })
    t.equal(await statusOfItems(origin, String(first.token['access_token'])), 401)

    t.match(await refusal(client.getToken({ ...user, password: 'wrong' })), {
      output: { statusCode: 400 },
      data: { payload: { error: 'invalid_grant' } }
    })
  })
}
