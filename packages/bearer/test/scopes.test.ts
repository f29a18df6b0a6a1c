import type { TrustedIssuer } from '@latchkey/bearer'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { issuer } from './fixtures/issuer.ts'
import { honoured, notValid, present, serve } from './fixtures/server.ts'

/** Returns the scopes of a token at an issuer, from `principal.scopes`. */
async function scopesOf(t: Test, claims: object, changes: Partial<TrustedIssuer> = {}): Promise<unknown> {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [{ ...trusted, ...changes }] })
  const authorization = `Bearer ${await sign({ scope: undefined, ...claims })}`
  const response = await app.inject({ url: '/me', headers: { authorization } })
  return response.json<{ scopes: unknown }>().scopes
}

for (const [claims, scopes] of [
  [{ scope: 'items:read items:write' }, ['items:read', 'items:write']],
  [{ scp: 'items:read items:write' }, ['items:read', 'items:write']],
  [{ scp: ['items:read', 'items:write'] }, ['items:read', 'items:write']],
  [{ scp: [] }, []],
  [{ scope: '', scp: 'items:write' }, []],
  [{ scope: 'items:read', scp: ['items:write'] }, ['items:read']],
  [{}, []]
] as const) {
  t.test(`reads the scopes of ${JSON.stringify(claims)}`, async (t) => {
    t.same(await scopesOf(t, claims), scopes)
  })
}

t.test('reads the scopes of many tokens with different scopes', async (t) => {
  const { trusted, sign } = await issuer('EdDSA')
  const app = await serve(t, { issuers: [trusted] })
  const read = async (scope: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${await sign({ scope })}` }
    return (await app.inject({ url: '/me', headers })).json<{ scopes: unknown }>().scopes
  }
  for (let at = 0; at < 300; at++) t.same(await read(`items:${at} other`), [`items:${at}`, 'other'])
  t.same(await read('items:1 other'), ['items:1', 'other'])
})

for (const [name, value] of [
  ['scope', ['items:read']],
  ['scope', 'items:read  items:write'],
  ['scp', 7],
  ['scp', { 0: 'items:read' }],
  ['scp', ['items:read items:write']],
  ['scp', ['items:read', null]],
  ['scp', ' items:read']
] as const) {
  t.test(`refuses a token whose ${name} is ${JSON.stringify(value)} (SEC-20, SEC-54)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    const token = await sign({ scope: undefined, [name]: value })
    t.same(await present(app, token), notValid(`${name} is not a string of scope tokens`))
  })
}

t.test('reads scopes with the function of the application, and leaves out invalid scopes', async (t) => {
  const roles = ['items:read', 'Items Admin', 'items:write', '"', '']
  const scopes: TrustedIssuer['scopes'] = ({ realm_access: access }) => (access as { roles: string[] }).roles
  t.same(await scopesOf(t, { realm_access: { roles } }, { scopes }), ['items:read', 'items:write'])
})

t.test('answers 500 when the function returns a promise, and handles its rejection (SEC-68)', async (t) => {
  const { trusted, sign } = await issuer()
  for (const promised of [async () => ['items:read'], () => Promise.reject(new Error('down'))]) {
    // Only a JavaScript function can return this.
    const app = await serve(t, { issuers: [{ ...trusted, scopes: promised as () => never }] })
    like(t, await present(app, await sign()), { status: 500, code: 'LATCHKEY_GUARD_FAILURE' })
  }
})

t.test(
  'calls scopes as a method of its issuer, only for verified tokens that are not remembered (SEC-92)',
  async (t) => {
    const { trusted, sign } = await issuer()
    const stranger = await issuer()
    const asked: unknown[] = []
    class Prefixed {
      readonly issuer = trusted.issuer
      readonly audience = trusted.audience
      readonly jwks = () => trusted.jwks
      readonly prefix = 'items:'
      scopes(claims: Readonly<Record<string, unknown>>): string[] {
        asked.push(claims['sub'])
        return [`${this.prefix}read`]
      }
    }
    const app = await serve(t, { issuers: [new Prefixed()] })
    like(t, await present(app, await stranger.sign()), { status: 401 })
    t.same(asked, [])
    const token = await sign()
    for (let i = 0; i < 4; i++) t.same(await present(app, token), honoured)
    t.same(asked, ['ada', 'ada'])
  }
)

for (const [name, scopes] of Object.entries<() => unknown>({
  throws: () => {
    throw new Error('canary')
  },
  'returns a text': () => 'items:read',
  'returns undefined': () => null,
  'returns a promise': async () => ['items:read']
})) {
  t.test(`answers 500 when the application's scopes function ${name} (SEC-23)`, async (t) => {
    const { trusted, sign } = await issuer()
    // Only a JavaScript function can return this.
    const app = await serve(t, { issuers: [{ ...trusted, scopes: scopes as () => string[] }] })
    const response = await app.inject({ url: '/me', headers: { authorization: `Bearer ${await sign()}` } })
    t.equal(response.statusCode, 500)
    t.equal(response.json().code, 'LATCHKEY_GUARD_FAILURE')
    t.notMatch(response.body, /canary|items/)
  })
}
