import t from 'tap'
import { server } from './fixtures/server.ts'

for (const when of ['before', 'after'] as const) {
  t.test(`revokes the tokens of a code that is used at the moment, ${when} the consent is withdrawn`, async (t) => {
    let withdraw = async (): Promise<unknown> => null
    const { app, code, exchange, refresh } = await server(t, {
      records: (records) => ({
        async replace(...change) {
          if (change[0].kind !== 'authorization-code') return records.replace(...change)
          if (when === 'after') await withdraw()
          const isUsed = await records.replace(...change)
          if (when === 'before') await withdraw()
          return isUsed
        }
      })
    })
    const given = await code()
    withdraw = async () => app.authorizationEndpoint.withdrawConsent('alice', 'app')
    const { status, json } = await exchange(given)
    t.same([status, json['error']], [400, 'invalid_grant'])
    t.equal((await refresh(json.refresh_token)).status, 400)
  })
}
