import { OAuth2Client } from '@badgateway/oauth2-client'
import t from 'tap'
import { like } from '@latchkey/exact'
import { clientId, clientSecret, refusal, startServer, statusOfItems, user } from './server.ts'

for (const authenticationMethod of ['client_secret_basic', 'client_secret_post'] as const) {
  t.test(
    `@badgateway/oauth2-client logs in, refreshes, introspects and revokes as ${authenticationMethod} (SEC-74)`,
    async (t) => {
      const origin = await startServer(t)
      const client = new OAuth2Client({ server: origin, clientId, clientSecret, authenticationMethod })
      const first = await client.password({ ...user, scope: ['items:read'] })
      t.same(first.scope, ['items:read'])
      t.equal(await statusOfItems(origin, first.accessToken), 200)

      const second = await client.refreshToken(first)
      t.not(second.refreshToken, first.refreshToken)
      t.equal(await statusOfItems(origin, second.accessToken), 200)

      like(t, await client.introspect(second), { active: true, sub: 'ann', client_id: clientId, scope: 'items:read' })
      await client.revoke(second, 'access_token')
      t.same(await client.introspect(second), { active: false })
      t.equal(await statusOfItems(origin, second.accessToken), 401)
      await client.revoke(second, 'refresh_token')
      like(t, await refusal(client.refreshToken(second)), { oauth2Code: 'invalid_grant' })
      t.equal(await statusOfItems(origin, first.accessToken), 401)

      like(t, await refusal(client.password({ ...user, password: 'wrong' })), {
        httpCode: 400,
        oauth2Code: 'invalid_grant'
      })
    }
  )
}
