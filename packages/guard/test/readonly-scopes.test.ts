import { inspect } from 'node:util'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import guard, { type Authentication, allOf, authenticated, type GuardOptions } from '@latchkey/guard'
import { readonlyScopes } from '@latchkey/guard/plugin'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

// JavaScript allows these calls; later versions of Node have these methods.
type Tampered = Set<string> & Record<string, (other: unknown) => unknown>
const scopes = (...held: string[]): Tampered => readonlyScopes(held) as Tampered

t.test('has the reading methods of a Set', (t) => {
  const held = scopes('a', 'b')
  t.equal(held.size, 2)
  t.ok(held.has('a'))
  t.notOk(held.has('c'))
  t.same([...held], ['a', 'b'])
  t.same([...held.keys()], ['a', 'b'])
  t.same([...held.values()], ['a', 'b'])
  t.same(
    [...held.entries()],
    [
      ['a', 'a'],
      ['b', 'b']
    ]
  )
  t.same(new Set(held), new Set(['a', 'b']))
  t.equal(Object.prototype.toString.call(held), '[object Set]')
  t.match(inspect(held), /Set/)
  const seen: unknown[] = []
  const self = {}
  held.forEach(function (this: unknown, value, key, set) {
    seen.push([this === self, value, key, set === held])
  }, self)
  t.same(seen, [
    [true, 'a', 'a', true],
    [true, 'b', 'b', true]
  ])
  t.end()
})

t.test('has the methods of newer sets, which return new sets', (t) => {
  const held = scopes('a', 'b')
  for (const other of [
    new Set(['b', 'c']),
    scopes('b', 'c'),
    new Map([
      ['b', 1],
      ['c', 2]
    ])
  ]) {
    t.same(held['union']?.(other), new Set(['a', 'b', 'c']))
    t.same(held['intersection']?.(other), new Set(['b']))
    t.same(held['difference']?.(other), new Set(['a']))
    t.same(held['symmetricDifference']?.(other), new Set(['a', 'c']))
    t.equal(held['isSubsetOf']?.(other), false)
    t.equal(held['isSupersetOf']?.(other), false)
    t.equal(held['isDisjointFrom']?.(other), false)
  }
  t.equal(held['isSubsetOf']?.(scopes('a', 'b', 'c')), true)
  t.equal(held['isSupersetOf']?.(scopes('a')), true)
  t.equal(held['isDisjointFrom']?.(scopes('c')), true)
  ;(held['union']?.(scopes('c')) as Set<string>).add('admin')
  t.same([...held], ['a', 'b'])
  t.end()
})

t.test('accepts a list or a set of scopes, and refuses a text', (t) => {
  const given = new Set(['a'])
  const held = readonlyScopes(given)
  given.add('admin')
  t.same([...held], ['a'])
  t.same([...readonlyScopes(held)], ['a'])
  t.throws(() => readonlyScopes('a b'), TypeError)
  t.end()
})

/** Attempts of a handler to give later requests the scope `admin`. */
const attempts: [name: string, attempt: (held: Tampered, principal: Record<string, unknown>) => unknown][] = [
  ['add()', (held) => held.add('admin')],
  ['Set.prototype.add', (held) => Set.prototype.add.call(held, 'admin')],
  ['Set.prototype.clear', (held) => Set.prototype.clear.call(held)],
  ['Map.prototype.set', (held) => Map.prototype.set.call(held, 'admin', 'admin')],
  ['forEach()', (held) => held.forEach((_value, _key, set) => set.add('admin'))],
  ['a property', (held) => Object.assign(held, { has: () => true })],
  ['defineProperty()', (held) => Object.defineProperty(held, 'has', { value: () => true })],
  ['its prototype', (held) => Object.assign(Reflect.getPrototypeOf(held) as object, { has: () => true })],
  ['another prototype', (held) => Object.setPrototypeOf(held, { has: () => true })],
  ['its class', (held) => Object.assign(held.constructor, { prototype: { has: () => true } })],
  ['union()', (held) => (held['union']?.(new Set()) as Set<string>).add('admin')],
  ['other scopes', (_held, principal) => Object.assign(principal, { scopes: new Set(['read', 'admin']) })],
  ['another subject', (_held, principal) => Object.assign(principal, { subject: 'root' })],
  ['a claim', (_held, { claims }) => Object.assign(claims as object, { role: 'admin' })],
  ['a claim in a list', (_held, { claims }) => (claims as { roles: string[] }).roles.push('admin')],
  ['a claim in an object', (_held, { claims }) => Object.assign((claims as { org: object }).org, { role: 'admin' })],
  ['the prototype of claims', (_held, { claims }) => Object.setPrototypeOf(claims, { role: 'admin' })]
]

const CLAIMS = { role: 'user', roles: ['user'], org: { role: 'user', teams: [{ name: 'a' }] } }
const authentication = (): Authentication => ({
  subject: 'ann',
  issuer: null,
  scopes: new Set(['read']),
  claims: structuredClone(CLAIMS),
  authenticatedAt: null
})
const bare = { ...structuredClone(CLAIMS), __proto__: null }
const lasting: [name: string, authentication: Authentication][] = [
  ['frozen', Object.freeze(authentication())],
  ['frozen, with readonly scopes', Object.freeze({ ...authentication(), scopes: readonlyScopes(['read']) })],
  ['frozen, with claims without a prototype', Object.freeze({ ...authentication(), claims: bare })],
  ['not frozen', authentication()]
]

async function serverWith(t: Test, record: Authentication, options: GuardOptions): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, options)
  app.guard.addAuthenticator({ ...keyAuthenticator(), authenticate: () => record })
  app.get('/me', { config: { access: authenticated } }, async ({ principal: { subject, claims, ...who } }) => ({
    subject,
    claims,
    scopes: [...who.scopes]
  }))
  app.get('/admin', { config: { access: allOf('admin') } }, async () => 'admin')
  return app
}

for (const [kind, record] of lasting) {
  t.test(`no handler can change a remembered credential that is ${kind} (K6.1, K6.2)`, async (t) => {
    for (const options of [{}, { permissions: () => ['read', 'admin'] }, { resolveUser: () => 'ann' }]) {
      const app = await serverWith(t, record, options)
      let attempt: (typeof attempts)[number][1] = () => undefined
      app.get('/try', { config: { access: authenticated } }, async ({ principal }) => {
        attempt(principal.scopes as Tampered, principal as unknown as Record<string, unknown>) // cast: possible in JavaScript
      })
      for (const [name, each] of attempts) {
        attempt = each
        await app.inject('/try')
        t.equal((await app.inject('/admin')).statusCode, 403, name)
        t.same((await app.inject('/me')).json(), { subject: 'ann', claims: CLAIMS, scopes: ['read'] }, name)
      }
    }
    t.same(record.claims, CLAIMS, 'the authentication of the authenticator is unchanged')
    t.same([...(record.scopes ?? [])], ['read'])
  })
}

t.test('returns the claims of a deeply frozen authentication without a copy', async (t) => {
  const deep = Object.freeze({
    ...authentication(),
    claims: Object.freeze({ list: Object.freeze([1]), at: new Date(0) })
  })
  const app = await serverWith(t, deep, {})
  app.get('/same', { config: { access: authenticated } }, async ({ principal }) => principal.claims === deep.claims)
  t.equal((await app.inject('/same')).json(), true)
})
