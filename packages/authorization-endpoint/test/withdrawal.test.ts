import t from 'tap'
import { app as client, server } from './fixtures/server.ts'

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

t.test('ends the new tokens of a client without refresh tokens when the consent is withdrawn', async (t) => {
  const clients = [{ ...client, grantTypes: ['authorization_code'] }]
  const { app, code, exchange } = await server(t, { clients })
  const { status, json } = await exchange(await code())
  t.equal(status, 200)
  const claims = JSON.parse(Buffer.from(String(json.access_token.split('.')[1]), 'base64url').toString())
  t.equal(app.tokenEndpoint.isRevoked(claims), false)
  await app.authorizationEndpoint.withdrawConsent('alice', 'app')
  t.equal(app.tokenEndpoint.isRevoked(claims), true)
})

t.test('ends the refresh tokens of codes that are forgotten, and nothing of another client', async (t) => {
  const clients = [client, { ...client, clientId: 'other' }]
  const { app, code, exchange, refresh, post, time } = await server(t, { clients })
  const tokens = await exchange(await code())
  time.seconds += 1000
  const others = await exchange(await code({ client_id: 'other' }), { client_id: 'other' })
  t.equal((await refresh(tokens.json.refresh_token)).status, 200, 'the sign-in outlives its code')
  t.equal(await app.authorizationEndpoint.withdrawConsent('alice', 'app'), true)
  t.equal((await refresh(tokens.json.refresh_token)).status, 400)
  const form = { grant_type: 'refresh_token', refresh_token: others.json.refresh_token, client_id: 'other' }
  t.equal((await post('/token', form)).status, 200)
})

for (const { name, isFirstConsent } of [
  { name: 'the first consent', isFirstConsent: true },
  { name: 'a remembered consent', isFirstConsent: false }
]) {
  t.test(`refuses the request when ${name} is withdrawn before the code is stored`, async (t) => {
    let withdraw = async (): Promise<unknown> => null
    const { app, authorize, get, decide, code, store } = await server(t, {
      records: (records) => ({
        async create(record, most) {
          if (record.kind === 'authorization-code') await withdraw()
          return records.create(record, most)
        }
      })
    })
    if (!isFirstConsent) await code()
    withdraw = async () => app.authorizationEndpoint.withdrawConsent('alice', 'app')
    const asked = await authorize()
    if (isFirstConsent) await get(asked.location)
    const answer = isFirstConsent ? await decide(asked.location, 'allow') : asked
    t.same(
      [answer.status, answer.query['error'], answer.query['code'], answer.query['state']],
      [303, 'access_denied', undefined, 'xyz']
    )
    t.same(await store.records.list('authorization-code', 'alice'), [])
    t.same(await app.authorizationEndpoint.consents('alice'), [])
  })
}

t.test('gives a first-party client a code without a consent', async (t) => {
  const { authorize, exchange } = await server(t, { clients: [{ ...client, isFirstParty: true }] })
  t.equal((await exchange((await authorize()).query['code'])).status, 200)
})
