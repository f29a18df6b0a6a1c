import type { DpopMode } from '@latchkey/bearer'
import { memoryStore } from '@latchkey/store/memory'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { client, ORIGIN, proofRefused, show, type TestClient, tokenRefused } from './fixtures/dpop.ts'
import { active, type Answerer, type Endpoint, endpoint } from './fixtures/introspection-endpoint.ts'
import { NOW } from './fixtures/issuer.ts'
import { honoured, notValid, present, serve } from './fixtures/server.ts'

const BOUND = notValid('the token is bound to a key (cnf) and is not a bearer token')

interface Served extends TestClient {
  readonly app: FastifyInstance
  readonly server: Endpoint
}

/** A server that introspects tokens, and the client that its tokens are bound to. */
async function served(t: Test, changes: (jkt: string) => Record<string, unknown>, dpop: DpopMode = 'allowed') {
  const known = await client()
  const server = await endpoint(t, active(changes(known.jkt)))
  const replay = memoryStore({ now: () => NOW * 1000 }).dpopReplay
  const app = await serve(t, {
    issuers: [{ ...server.trusted(), dpop }],
    ...(dpop !== 'refused' && { dpop: { origin: ORIGIN, replay } })
  })
  return { ...known, app, server } satisfies Served
}

for (const type of ['DPoP', 'dpop', undefined]) {
  t.test(`accepts an opaque token that is bound to a key, of the type ${String(type)} (SEC-75, SEC-76)`, async (t) => {
    const { app, prove } = await served(t, (jkt) => ({ cnf: { jkt }, token_type: type }))
    t.same(await show(app, 'opaque', await prove('opaque')), honoured)
  })
}

t.test('introspects a bound token once and checks the proof on each request (SEC-75, SEC-76)', async (t) => {
  const { app, server, prove, jwk } = await served(t, (jkt) => ({ cnf: { jkt } }))
  const thief = await client()
  const proof = await prove('opaque')
  t.same(await show(app, 'opaque', proof), honoured)
  t.same(await show(app, 'opaque', proof), proofRefused('the proof was used before'))
  t.same(await show(app, 'opaque', undefined), proofRefused('undefined', 'The DPoP proof is missing'))
  t.same(
    await show(app, 'opaque', await thief.prove('opaque')),
    tokenRefused('the token is bound to a different key from that of the proof')
  )
  like(t, await show(app, 'opaque', await thief.prove('opaque', {}, { jwk })), { status: 401 })
  t.same(await show(app, 'opaque', await prove('opaque')), honoured)
  t.equal(server.asked.length, 1)
})

t.test('does not introspect a token whose proof is for another request (SEC-75, SEC-76)', async (t) => {
  const { app, server, prove } = await served(t, (jkt) => ({ cnf: { jkt } }))
  t.same(await show(app, 'opaque', await prove('other')), proofRefused('ath is not the hash of the token'))
  t.equal(server.asked.length, 0)
})

t.test('remembers the binding of a token and not its scheme (SEC-75, SEC-77)', async (t) => {
  const { app, server, prove } = await served(t, (jkt) => ({ cnf: { jkt } }))
  for (let i = 0; i < 2; i++) {
    t.same(await present(app, 'opaque'), BOUND)
    t.same(await show(app, 'opaque', await prove('opaque')), honoured)
  }
  t.equal(server.asked.length, 1)
})

t.test('accepts an unbound opaque token with the Bearer scheme only (SEC-75, SEC-76)', async (t) => {
  const { app, server, prove } = await served(t, () => ({}))
  for (let i = 0; i < 2; i++) {
    t.same(await show(app, 'opaque', await prove('opaque')), tokenRefused('the token is not bound to a key (cnf)'))
    t.same(await present(app, 'opaque'), honoured)
  }
  t.equal(server.asked.length, 1)
})

t.test('refuses a token of the type DPoP without a key (SEC-75, SEC-77)', async (t) => {
  const { app, prove } = await served(t, () => ({ token_type: 'DPoP' }))
  const reason = 'token_type is DPoP, and there is no cnf'
  t.same(await present(app, 'opaque'), notValid(reason))
  t.same(await show(app, 'opaque', await prove('opaque')), tokenRefused(reason))
})

t.test('applies the DPoP mode of the issuer to opaque tokens (SEC-76, SEC-77)', async (t) => {
  const asked = async (dpop: DpopMode, answer: (jkt: string) => Record<string, unknown>) => {
    const { app, prove } = await served(t, answer, dpop)
    return [(await present(app, 'opaque')).status, (await show(app, 'opaque', await prove('opaque'))).status]
  }
  t.same(await asked('required', (jkt) => ({ cnf: { jkt } })), [401, 200])
  t.same(await asked('required', () => ({})), [401, 401])
  t.same(await asked('refused', (jkt) => ({ cnf: { jkt } })), [401, 401])
  t.same(await asked('refused', () => ({})), [200, 401])
})

t.test('refuses unbound opaque tokens of an issuer that requires DPoP (SEC-77)', async (t) => {
  const bound: Answerer = active({})
  const one = await endpoint(t, bound)
  const other = { issuer: 'https://other.example.com', audience: 'https://api.example.com', dpop: 'allowed' } as const
  const app = await serve(t, {
    issuers: [{ ...one.trusted(), dpop: 'required' }, other],
    dpop: { origin: ORIGIN, replay: memoryStore().dpopReplay }
  })
  t.same(await present(app, 'opaque'), notValid('the tokens of the issuer must be bound to a key'))
})

t.test('does not document a format for tokens that may be opaque', async (t) => {
  const { app } = await served(t, () => ({}))
  const schemes = app.guard.securitySchemes().map(({ name, definition }) => [name, 'bearerFormat' in definition()])
  t.same(schemes, [
    ['bearerAuth', false],
    ['dpopAuth', false]
  ])
})
