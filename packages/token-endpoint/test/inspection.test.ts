import { randomBytes } from 'node:crypto'
import Fastify from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import { inspections } from '@latchkey/guard/plugin'
import { fingerprint } from '@latchkey/secrets'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey, storedKeys, type TokenEndpointOptions } from '@latchkey/token-endpoint'

const issuer = 'https://api.example.com'

async function factsOf(keys: TokenEndpointOptions['keys'], store = memoryStore({ now: () => 0 })) {
  const app = Fastify()
  await app.register(tokenEndpoint, { issuer, audience: issuer, keys, store, now: () => 0 })
  await app.ready()
  const [found] = inspections(app).filter(({ plugin }) => plugin === '@latchkey/token-endpoint')
  await app.close()
  return found?.facts
}

t.test('describes a token endpoint to tools, with a key that was made at the start', async (t) => {
  const key = await generateSigningKey()
  t.same(await factsOf([key]), {
    issuer,
    tokenUrl: '/token',
    grantTypes: ['refresh_token'],
    keys: {
      madeAtStart: true,
      secrets: [fingerprint(String(key.d))],
      published: [{ kid: key.kid, alg: 'ES256', signs: true }]
    },
    store: { inMemory: true, clockAheadBy: 0 }
  })
})

t.test('describes keys of the environment, of which the others verify only', async (t) => {
  const [key, other] = [await generateSigningKey(), await generateSigningKey('EdDSA')]
  const { d: _, ...verifier } = other
  like(t, await factsOf([JSON.parse(JSON.stringify(key)), verifier]), {
    keys: {
      madeAtStart: false,
      secrets: [fingerprint(String(key.d))],
      published: [
        { kid: key.kid, alg: 'ES256', signs: true },
        { kid: other.kid, alg: 'EdDSA', signs: false }
      ]
    }
  })
})

t.test('describes stored keys with the fingerprint of their secret', async (t) => {
  const store = memoryStore({ now: () => 0 })
  const secret = randomBytes(32).toString('base64url')
  like(t, await factsOf(storedKeys({ store, secrets: [secret] }), store), {
    keys: {
      madeAtStart: false,
      secrets: [fingerprint(secret)],
      published: [{ kid: String, alg: 'ES256', signs: true }]
    }
  })
})

t.test('describes a key source without facts and without keys', async (t) => {
  const none = () => {
    throw new Error('there is no key')
  }
  const open = async () => ({
    algorithms: ['ES256'] as const,
    signer: none,
    jwks: none,
    rotate: async () => {},
    close: async () => {}
  })
  like(t, await factsOf({ open }), { keys: { madeAtStart: false, secrets: [], published: [] } })
})
