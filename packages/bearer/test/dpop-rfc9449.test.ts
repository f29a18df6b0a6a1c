import bearer from '@latchkey/bearer'
import guard, { authenticated } from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { active, endpoint } from './fixtures/introspection-endpoint.ts'

// The request in RFC 9449 §7.1, and the time in its proof.
const TOKEN = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'
const PROOF =
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRj' +
  'QyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGki' +
  'OiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSI' +
  'sImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-' +
  'Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA'
const TIME = 1_562_262_618

// RFC 9449 §6.1: the thumbprint that a token for this client is bound to.
const JKT = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I'

/** A server that introspects tokens at the time of the RFC, and its answer to the request of the RFC. */
async function served(t: Test, { origin = 'https://resource.example.org', now = TIME, jkt = JKT } = {}) {
  const issuer = await endpoint(t, active({ token_type: 'DPoP', cnf: { jkt }, iat: TIME - 60, exp: TIME + 300 }))
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  await app.register(bearer, {
    issuers: [{ ...issuer.trusted(), dpop: 'required' }],
    dpop: { origin, replay: memoryStore({ now: () => now * 1000 }).dpopReplay },
    now: () => now * 1000
  })
  let reason: unknown
  app.addHook('onError', async (_request, _reply, error) => {
    reason = (error.cause as Error).message // every error here has a cause
  })
  app.get('/protectedresource', { config: { access: authenticated } }, async () => 'ok')
  return async (token = TOKEN): Promise<unknown> => {
    const headers = { authorization: `DPoP ${token}`, dpop: PROOF }
    const { statusCode } = await app.inject({ url: '/protectedresource', headers })
    return statusCode === 200 ? 'ok' : reason
  }
}

t.test('accepts the request of RFC 9449 §7.1 once (SEC-76)', async (t) => {
  const ask = await served(t)
  t.equal(await ask(), 'ok')
  t.equal(await ask(), 'the proof was used before')
})

t.test(
  'refuses the proof of RFC 9449 §7.1 for another URI, at a later time and with another token (SEC-76)',
  async (t) => {
    const elsewhere = await served(t, { origin: 'https://server.example.com' })
    t.equal(await elsewhere(), 'htu is not the URI of the request')
    const later = await served(t, { now: TIME + 90 })
    t.equal(await later(), 'iat is too old')
    const ask = await served(t)
    t.equal(await ask(`${TOKEN}A`), 'ath is not the hash of the token')
    const ofOthers = await served(t, { jkt: JKT.replace('0', '1') })
    t.equal(await ofOthers(), 'the token is bound to a different key from that of the proof')
  }
)
