import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import type { Grant } from '@latchkey/token-endpoint'
import { server } from './fixtures/server.ts'

const grantTypes = ['password', 'refresh_token']

for (const [name, client, scope, expected] of [
  ['no scope is granted without a request', {}, undefined, undefined],
  ['an empty scope requests no scope', {}, '', undefined],
  ['a requested and allowed scope is granted', {}, 'items:read', 'items:read'],
  [
    'other scopes are left out, and the answer lists the granted ones',
    {},
    'items:write admin items:read',
    'items:write items:read'
  ],
  ['a repeated scope is granted once', {}, 'items:read items:read', 'items:read'],
  ['a client receives only scopes of its list', { scopes: ['items:read'] }, 'items:read items:write', 'items:read'],
  [
    'the default scopes of a client apply without a request',
    { defaultScopes: ['items:read', 'admin'] },
    undefined,
    'items:read'
  ],
  ['default scopes are not added to requested ones', { defaultScopes: ['items:read'] }, 'items:write', 'items:write'],
  [
    'default scopes are limited to the list of the client',
    { scopes: ['items:write'], defaultScopes: ['items:read'] },
    '',
    undefined
  ],
  ['default scopes that are not allowed are left out', { defaultScopes: ['admin'] }, undefined, undefined],
  ['a doubled space counts once (K26)', {}, 'items:read  items:write', 'items:read items:write'],
  ['a leading space is ignored (K26)', {}, ' items:read', 'items:read'],
  ['a trailing space is ignored (K26)', {}, 'items:read ', 'items:read'],
  ['a scope of spaces requests no scope (K26)', { defaultScopes: ['items:read'] }, '  ', 'items:read']
] as const) {
  t.test(`${name} (SEC-14, SEC-20)`, async (t) => {
    const { app, login } = await server({ clients: [{ clientId: 'a', grantTypes, ...client }] })
    const { status, body } = await login(scope === undefined ? {} : { scope })
    t.equal(status, 200)
    t.equal(body.scope, expected)
    t.notOk(expected === undefined && 'scope' in body)
    const claims = JSON.parse(Buffer.from(body.access_token.split('.')[1] ?? '', 'base64url').toString())
    t.equal(claims.scope, expected)
    await app.close()
  })
}

for (const [name, scope] of Object.entries({
  'that is not allowed': 'admin',
  'of 300 letters': 'x'.repeat(300),
  'with only a correct beginning': 'items',
  'with a quote': 'items:read"',
  'with a backslash': 'items\\read',
  'with a line break': 'items:read\n',
  'with a tab as the separator': 'items:read\titems:write',
  'with a no-break space': 'items:read\u00A0items:write',
  'beyond ASCII': 'itéms'
})) {
  t.test(`refuses a scope ${name} as invalid_scope (SEC-20)`, async (t) => {
    const { login } = await server()
    const { status, body } = await login({ scope })
    like(t, [status, body.error], [400, 'invalid_scope'])
  })
}

t.test('refuses scopes outside the list of the client as invalid_scope (SEC-14)', async (t) => {
  const { login } = await server({ clients: [{ clientId: 'a', grantTypes, scopes: ['items:read'] }] })
  like(t, await login({ scope: 'items:write' }), { status: 400, body: { error: 'invalid_scope' } })
  const nothing = await server({ clients: [{ clientId: 'a', grantTypes, scopes: [] }] })
  like(t, await nothing.login({ scope: 'items:write' }), { status: 400, body: { error: 'invalid_scope' } })
})

t.test('a grant that returns its scopes as a text fails, instead of granting letters (SEC-70)', async (t) => {
  const grant: Grant = {
    grantType: 'password',
    handle: async () => ({ subject: 'alice', scopes: 'items:read', authenticatedAt: 1_000 })
  }
  const { app, login } = await server({}, { grants: [grant] })
  like(t, await login({ scope: 'i' }), { status: 500, body: { error: 'server_error' } })
  const byDefault: Grant = {
    grantType: 'password',
    handle: async () => ({ subject: 'alice', scopes: ['a', 'b'], defaultScopes: 'ab', authenticatedAt: 1_000 })
  }
  const other = await server({}, { grants: [byDefault] })
  like(t, await other.login(), { status: 500, body: { error: 'server_error' } })
  await rejectsLike(t, app.tokenEndpoint.issue({ subject: 'alice', clientId: 'cli', scopes: 'items:read' }), {
    code: 'LATCHKEY_REGISTRATION'
  })
})
