import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import t, { type Test } from 'tap'
import guard, {
  type AccessRule,
  allOf,
  anyOf,
  authenticated,
  AuthenticationRequiredError,
  everyone,
  type GuardOptions,
  InsufficientScopeError,
  recentLogin
} from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

async function serverWith(t: Test, rule: AccessRule, options: GuardOptions = {}): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, options)
  app.guard.addAuthenticator(keyAuthenticator({ scheme: 'bearer', challenge: 'Bearer' }))
  app.get('/', { config: { access: rule } }, async () => 'ok')
  return app
}

async function challengeOf(app: FastifyInstance, key?: string, url = '/'): Promise<unknown> {
  return (await app.inject({ url, headers: key === undefined ? {} : { key } })).headers['www-authenticate']
}

const asked: [name: string, rule: AccessRule, challenge: string][] = [
  ['all scopes of a rule', allOf('a', 'b'), 'Bearer scope="a b"'],
  ['the first of several alternatives', anyOf('a', 'b'), 'Bearer scope="a"'],
  ['the alternative with the fewest scopes', anyOf(allOf('a', 'b'), 'c'), 'Bearer scope="c"'],
  ['no scopes when any credential is sufficient', anyOf('a', authenticated), 'Bearer'],
  ['no scopes when the rule names none', authenticated, 'Bearer'],
  ['the scopes next to a recent login', allOf('a', recentLogin({ maxAge: 60 })), 'Bearer scope="a"']
]

for (const [name, rule, challenge] of asked) {
  t.test(`the 401 for no credentials names ${name} (K3.2, SEC-65)`, async (t) => {
    const app = await serverWith(t, rule)
    for (const round of [1, 2]) {
      const response = await app.inject('/')
      t.equal(response.statusCode, 401)
      t.equal(response.headers['www-authenticate'], challenge, `round ${round}`)
    }
    const silent = await serverWith(t, rule, { challengeScopes: false })
    t.equal(await challengeOf(silent), 'Bearer')
  })
}

t.test('the 401 names the metadata and the scopes in the challenge of each scheme (K3.2, SEC-73)', async (t) => {
  const app = await serverWith(t, allOf('a'), { resource: 'https://api.example.com' })
  app.guard.addAuthenticator(
    keyAuthenticator({ scheme: 'dpop', challenge: 'DPoP', header: 'proof', challengeParameters: { algs: 'ES256' } })
  )
  const named = 'scope="a", resource_metadata="https://api.example.com/.well-known/oauth-protected-resource"'
  t.equal(await challengeOf(app), `Bearer ${named}, DPoP ${named}, algs="ES256"`)
})

t.test('the 401 for an invalid credential names no scopes (K3.2)', async (t) => {
  const app = await serverWith(t, allOf('a'))
  t.equal(await challengeOf(app, 'bad'), 'Bearer error="invalid_token", error_description="The key is not valid"')
})

t.test('a 401 that a handler throws names the scopes of its route (K3.1, K3.2)', async (t) => {
  const app = await serverWith(t, everyone)
  const fail = async (): Promise<never> => Promise.reject(new AuthenticationRequiredError())
  app.get('/either', { config: { access: anyOf(everyone, 'a') } }, fail)
  app.get('/all', { config: { access: allOf('a') } }, fail)
  t.equal(await challengeOf(app, undefined, '/either'), 'Bearer')
  t.equal(await challengeOf(app, 'ann a', '/all'), 'Bearer scope="a"')
})

interface Case {
  readonly name: string
  readonly rule: AccessRule
  readonly held: string
  readonly allowed: readonly string[]
  readonly scope: string | undefined
}

const cases: Case[] = [
  {
    name: 'the token has the scope, the user lacks it',
    rule: allOf('b'),
    held: 'a b',
    allowed: ['a'],
    scope: undefined
  },
  { name: 'the token lacks the scope, the user has it', rule: allOf('b'), held: 'a', allowed: ['a', 'b'], scope: 'b' },
  {
    name: 'a new token also needs the held scope',
    rule: allOf('a', 'b'),
    held: 'a',
    allowed: ['a', 'b'],
    scope: 'a b'
  },
  { name: 'the token and the user lack the scope', rule: allOf('b'), held: 'a', allowed: ['a'], scope: undefined },
  {
    name: 'a new token can add only one of two scopes',
    rule: allOf('a', 'b'),
    held: 'a',
    allowed: ['b'],
    scope: undefined
  },
  {
    name: 'the user can satisfy another alternative',
    rule: anyOf('b', allOf('c', 'd')),
    held: 'b',
    allowed: ['c', 'd'],
    scope: 'c d'
  },
  {
    name: 'the user has a scope that implies the missing one',
    rule: allOf('read'),
    held: 'a',
    allowed: ['write'],
    scope: 'read'
  },
  {
    name: 'the token has an implying scope that the user lacks',
    rule: allOf('read'),
    held: 'write',
    allowed: ['a'],
    scope: undefined
  }
]

for (const { name, rule, held, allowed, scope } of cases) {
  t.test(`the 403 names scopes only when a new token can help: ${name} (K3.3)`, async (t) => {
    const app = await serverWith(t, rule, { permissions: () => allowed, implies: { write: ['read'] } })
    const response = await app.inject({ url: '/', headers: { key: `ann ${held}` } })
    t.equal(response.statusCode, 403)
    const description = 'The credentials do not have the required scope'
    const named = scope === undefined ? '' : `, scope="${scope}"`
    const challenge = `Bearer error="insufficient_scope", error_description="${description}"${named}`
    t.equal(response.headers['www-authenticate'], challenge)
  })
}

t.test('a 403 that the application throws names scopes only when a new token can help (K3.1, K3.3)', async (t) => {
  const app = await serverWith(t, everyone, { permissions: () => ['a', 'b'] })
  const fail = async ({ query }: FastifyRequest): Promise<never> =>
    Promise.reject(new InsufficientScopeError([(query as { scope: string }).scope]))
  app.get('/throw', { config: { access: everyone } }, fail)
  t.match(await challengeOf(app, 'ann a', '/throw?scope=b'), /, scope="b"$/)
  t.notMatch(
    await challengeOf(app, 'ann a c', '/throw?scope=c'),
    /scope=/,
    'the token has the scope, the user lacks it'
  )
  t.match(await challengeOf(app, undefined, '/throw?scope=b'), /^Bearer error="insufficient_scope".*, scope="b"$/)
})

t.test('a credential with all permissions of its subject gets no scope in the challenge (K3.3)', async (t) => {
  const app = await serverWith(t, allOf('a'), { permissions: () => [] })
  const all = { subject: 'ann', issuer: null, scopes: null, claims: {}, authenticatedAt: null }
  app.guard.addAuthenticator({ ...keyAuthenticator({ scheme: 'all', challenge: 'All' }), authenticate: () => all })
  t.notMatch(await challengeOf(app), /scope=/)
})
