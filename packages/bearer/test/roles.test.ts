import bearer, { type TrustedIssuer } from '@latchkey/bearer'
import { rejectsLike } from '@latchkey/exact'
import guard, { authenticated } from '@latchkey/guard'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { active, endpoint } from './fixtures/introspection-endpoint.ts'
import { issuer, NOW } from './fixtures/issuer.ts'

async function serve(t: Test, trusted: TrustedIssuer): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, { roles: { reader: ['items:read'], editor: ['items:read', 'items:write'] } })
  await app.register(bearer, { issuers: [trusted], now: () => NOW * 1000 })
  app.get('/me', { config: { access: authenticated } }, async ({ principal }) => ({
    ...principal,
    scopes: [...principal.scopes].sort()
  }))
  return app
}

async function scopesOf(app: FastifyInstance, token: string): Promise<unknown> {
  const answer = await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })
  return answer.json<{ scopes: unknown }>().scopes
}

const both = ['items:read', 'items:write']
const cases: readonly (readonly [name: string, claims: object, expected: readonly string[]])[] = [
  ['all that its roles give, if it has neither scope nor scp', { roles: ['editor'] }, both],
  ['all that its one role gives', { roles: 'reader' }, ['items:read']],
  ['its scopes that its roles give', { scope: 'items:read other', roles: ['editor'] }, ['items:read']],
  ['its scp that its roles give', { scp: ['items:write'], roles: ['editor'] }, ['items:write']],
  ['nothing, if its scope is empty', { scope: '', roles: ['editor'] }, []],
  ['nothing without the claim', { scope: 'items:read items:write' }, []],
  ['nothing for values that are no roles', { roles: [7, null, { editor: true }, ['editor'], 'constructor'] }, []],
  ['nothing for an object', { roles: { editor: true } }, []]
]
for (const [name, claims, expected] of cases) {
  t.test(`with rolesClaim, a token has ${name}`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { ...trusted, rolesClaim: 'roles' })
    const token = await sign({ scope: undefined, ...claims })
    t.same(await scopesOf(app, token), expected)
    t.same(await scopesOf(app, token), expected, 'also when it is remembered')
  })
}

t.test('without rolesClaim, roles in a token count for nothing', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, trusted)
  t.same(await scopesOf(app, await sign({ scope: 'items:read', roles: ['editor'] })), ['items:read'])
  t.same(await scopesOf(app, await sign({ scope: undefined, roles: ['editor'] })), [])
})

t.test('a claim with the name of a prototype is no claim', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { ...trusted, rolesClaim: 'constructor' })
  t.same(await scopesOf(app, await sign({ scope: 'items:read' })), [])
})

t.test('with rolesClaim and the function scopes, a token has those scopes that its roles give', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { ...trusted, rolesClaim: 'roles', scopes: () => ['items:write', 'other'] })
  t.same(await scopesOf(app, await sign({ scope: undefined, roles: ['editor'] })), ['items:write'])
})

t.test('with rolesClaim, an introspected token has what its roles give', async (t) => {
  const server = await endpoint(t, active({ scope: undefined, roles: ['editor'] }))
  const app = await serve(t, { ...server.trusted(), rolesClaim: 'roles' })
  t.same(await scopesOf(app, 'opaque'), both)
})

t.test('refuses a rolesClaim that is no text', async (t) => {
  const { trusted } = await issuer()
  for (const rolesClaim of ['', 7, ['roles']]) {
    // Cast: JavaScript may pass any value.
    const wrong = { ...trusted, rolesClaim: rolesClaim as string }
    await rejectsLike(t, () => serve(t, wrong), { code: 'LATCHKEY_REGISTRATION', message: /rolesClaim/ })
  }
})
