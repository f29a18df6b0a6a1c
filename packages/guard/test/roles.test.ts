import { rejectsLike } from '@latchkey/exact'
import guard, { allOf, type Authentication, authenticated, type GuardOptions } from '@latchkey/guard'
import { readonlyScopes } from '@latchkey/guard/plugin'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'

const options = {
  scopes: { 'items:read': 'Read items', 'items:write': 'Change items', admin: 'All' },
  implies: { 'items:write': ['items:read'] },
  roles: { reader: ['items:read'], editor: ['items:write'], nothing: [] }
} satisfies GuardOptions

interface Credential extends Partial<Pick<Authentication, 'roles'>> {
  readonly scopes?: readonly string[] | null
}

/** A server whose every request has this credential. */
async function server(t: Test, credential: Credential, more: GuardOptions = {}): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, { ...options, ...more })
  const { scopes = null, ...roles } = credential
  const authentication = Object.freeze({
    subject: 'alice',
    issuer: null,
    scopes: scopes && readonlyScopes(scopes),
    claims: {},
    authenticatedAt: null,
    ...roles
  })
  app.guard.addAuthenticator({
    scheme: 'test',
    challenge: 'Test',
    ambient: false,
    header: 'X-Test',
    securitySchemes: { test: { type: 'apiKey', in: 'header', name: 'X-Test' } },
    authenticate: () => authentication
  })
  app.get('/me', { config: { access: authenticated } }, async ({ principal }) => ({
    ...principal,
    scopes: [...principal.scopes].sort()
  }))
  app.get('/write', { config: { access: allOf('items:write') } }, async () => 'written')
  return app
}

async function scopesOf(app: FastifyInstance): Promise<unknown> {
  const { json } = await app.inject('/me').then((answer) => ({ json: answer.json<{ scopes: unknown }>() }))
  return json.scopes
}

const cases: readonly (readonly [name: string, credential: Credential, expected: readonly string[]])[] = [
  ['the scopes of a role, and those that they imply', { roles: ['editor'] }, ['items:read', 'items:write']],
  ['the scopes of several roles', { roles: ['reader', 'nothing'] }, ['items:read']],
  ['nothing for an unknown role', { roles: ['owner'] }, []],
  ['nothing for an empty list', { roles: [] }, []],
  ['nothing for names of a prototype', { roles: ['constructor', '__proto__', 'toString', 'hasOwnProperty'] }, []],
  ['nothing for the name of a scope', { roles: ['admin', 'items:write'] }, []],
  [
    'the scopes that the credential carries and the roles give',
    { scopes: ['items:read', 'admin'], roles: ['editor'] },
    ['items:read']
  ],
  [
    'no scope of the credential that the roles do not give',
    { scopes: ['items:write'], roles: ['reader'] },
    ['items:read']
  ],
  ['the scopes of a credential without roles', { scopes: ['items:write'] }, ['items:read', 'items:write']],
  ['nothing without scopes and without roles', {}, []]
]
for (const [name, credential, expected] of cases) {
  t.test(`a caller has ${name}`, async (t) => {
    t.same(await scopesOf(await server(t, credential)), expected)
    const withFunction = await server(t, credential, { resolveUser: () => ({ name: 'Alice' }) })
    t.same(await scopesOf(withFunction), expected, 'also with a user that has no roles')
  })
}

t.test('roles of a credential are not a member of the principal', async (t) => {
  for (const more of [{}, { permissions: () => ['items:read'] }]) {
    const answer = await (await server(t, { roles: ['reader'] }, more)).inject('/me')
    t.notOk('roles' in answer.json<object>())
  }
})

const users: readonly (readonly [name: string, roles: unknown, expected: readonly string[]])[] = [
  ['a list', ['reader'], ['items:read']],
  ['a Set', new Set(['reader']), ['items:read']],
  ['one text, as in a column', 'reader', ['items:read']],
  ['an empty list', [], []],
  ['null', null, []],
  ['undefined', undefined, []],
  ['a number', 7, []],
  ['an object', { reader: true }, []],
  ['a list with other values', [null, 7, 'reader'], ['items:read']]
]
for (const [name, roles, expected] of users) {
  t.test(`the roles that resolveUser returns replace those of the credential: ${name}`, async (t) => {
    const resolveUser = (): never => ({ roles }) as never // JavaScript may return any value
    t.same(await scopesOf(await server(t, { roles: ['editor'] }, { resolveUser })), expected)
  })
}

t.test('with permissions and roles, a scope needs both', async (t) => {
  const both = await server(t, { roles: ['editor'] }, { permissions: () => ['items:read', 'admin'] })
  t.same(await scopesOf(both), ['items:read'])
  const noRoles = await server(t, {}, { permissions: () => ['items:read', 'admin'] })
  t.same(await scopesOf(noRoles), ['admin', 'items:read'])
})

t.test('answers 403, and names no scope, when the roles do not give what the route requires', async (t) => {
  const refused = await (await server(t, { scopes: ['items:write'], roles: ['reader'] })).inject('/write')
  t.equal(refused.statusCode, 403)
  t.equal(
    refused.headers['www-authenticate'],
    'Test error="insufficient_scope", error_description="The credentials do not have the required scope"'
  )
  const admitted = await (await server(t, { roles: ['editor'] })).inject('/write')
  t.equal(admitted.statusCode, 200)
})

t.test('makes one principal for the requests of one frozen authentication with roles', async (t) => {
  const app = await server(t, { roles: ['editor'] })
  const seen = new Set<unknown>()
  app.addHook('preHandler', async (request) => void seen.add(request.principal))
  await app.inject('/me')
  await app.inject('/me')
  t.equal(seen.size, 1)
})

t.test('refuses a role with an unknown scope, and a map that is none', async (t) => {
  const wrong: readonly (readonly [roles: unknown, message: RegExp])[] = [
    [{ editor: ['items:wirte'] }, /roles\.editor .*"items:wirte" is none of them/],
    [{ editor: ['items write'] }, /roles\.editor .*"items write"/],
    [{ editor: 'items:write' }, /roles must map roles to lists of scopes/],
    [['editor'], /roles must map roles to lists of scopes/]
  ]
  for (const [roles, message] of wrong) {
    const app = Fastify()
    t.teardown(() => app.close())
    // Cast: JavaScript may pass any value.
    await rejectsLike(t, async () => app.register(guard, { ...options, roles: roles as GuardOptions['roles'] }), {
      message
    })
  }
})
