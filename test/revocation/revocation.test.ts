import { memoryStore } from '@latchkey/store/memory'
import t from 'tap'
import { server } from './server.ts'

t.test('guard and introspection agree on revoked tokens at once (SEC-88, SEC-91)', async (t) => {
  const { login, refresh, revoke, call, isActive } = await server(t, memoryStore())
  const [one, two] = [await login(), await login()]
  for (const { access } of [one, two]) t.same([await call(access), await isActive(access)], [200, true])

  t.equal(await revoke(one.access), 200)
  t.same([await call(one.access), await isActive(one.access)], [401, false])
  t.equal(await refresh(one.refresh), 200, 'only the access token was revoked')

  t.equal(await revoke(two.refresh), 200)
  t.same([await call(two.access), await isActive(two.access)], [401, false])
  t.equal(await refresh(two.refresh), 400)
})

t.test(
  'after a change of password neither a refresh nor a guarded call works, and a new login does (SEC-86)',
  async (t) => {
    const { app, login, refresh, call, isActive } = await server(t, memoryStore())
    const [thief, owner] = [await login(), await login()]
    const changed = await app.inject({
      method: 'POST',
      url: '/password',
      headers: { authorization: `Bearer ${owner.access}`, 'content-type': 'text/plain' },
      payload: 'looking-glass'
    })
    t.equal(changed.statusCode, 204)
    for (const tokens of [thief, owner]) {
      t.same([await call(tokens.access), await isActive(tokens.access)], [401, false])
      t.equal(await refresh(tokens.refresh), 400)
    }
    t.equal((await login()).status, 400)
    const again = await login('looking-glass')
    t.same([await call(again.access), await refresh(again.refresh)], [200, 200])
  }
)

t.test('a refresh token that is used twice ends the access tokens too (SEC-81)', async (t) => {
  const store = memoryStore()
  const { login, refresh, call } = await server(t, store)
  const { access, refresh: token } = await login()
  t.equal(await refresh(token), 200)
  t.equal(await call(access), 200)
  const find: typeof store.refreshTokens.find = async (hash) => {
    const stored = await store.refreshTokens.find(hash)
    return stored && { ...stored, usedAt: stored.usedAt === null ? null : stored.usedAt - 60 }
  }
  const later = await server(t, { ...store, refreshTokens: { ...store.refreshTokens, find } })
  t.equal(await later.refresh(token), 400)
  t.equal(await later.call(access), 401)
})

t.test('no other form of a revoked token is accepted (SEC-49)', async (t) => {
  const { login, revoke, call, isActive } = await server(t, memoryStore())
  const { access } = await login()
  const [header = '', payload = '', signature = ''] = access.split('.')
  const other = otherSignature(signature)
  t.equal(await call(`${header}.${payload}.${other}`), 200, 'the second signature is as valid as the first')
  t.equal(await revoke(access), 200)
  for (const [name, token] of Object.entries({
    'as it was': access,
    'with its second signature': `${header}.${payload}.${other}`,
    'with padding': `${access}==`,
    'in the other base64': `${header}.${payload}.${signature.replaceAll('-', '+').replaceAll('_', '/')}`,
    'with a part more': `${access}.`,
    'with another header': `${Buffer.from('{"alg":"ES256","typ":"at+jwt"}').toString('base64url')}.${payload}.${signature}`,
    'in capitals': access.toUpperCase()
  })) {
    t.equal(await call(token), 401, name)
    t.equal(await isActive(token), false, name)
  }
})

t.test('a revocation of the second form of a token revokes the first (SEC-49)', async (t) => {
  const { login, revoke, call } = await server(t, memoryStore())
  const { access } = await login()
  const [header = '', payload = '', signature = ''] = access.split('.')
  t.equal(await revoke(`${header}.${payload}.${otherSignature(signature)}`), 200)
  t.equal(await call(access), 401)
})

t.test('neither kind of token works in place of the other (SEC-87)', async (t) => {
  const { login, refresh, call } = await server(t, memoryStore())
  const tokens = await login()
  t.equal(await call(tokens.refresh), 401)
  t.equal(await refresh(tokens.access), 400)
  t.same([await call(tokens.access), await refresh(tokens.refresh)], [200, 200])
})

// For every signature (r, s) with ECDSA on P-256, (r, n - s) is one of the same message.
function otherSignature(signature: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const bytes = Buffer.from(signature, 'base64url')
  const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  return Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]).toString(
    'base64url'
  )
}
