import { rejectsLike } from '@latchkey/exact'
import type { SignIn } from '@latchkey/session'
import { secureSessionCodec } from '@latchkey/session'
import t from 'tap'
import { serverWith, signIn, subjectOf } from './fixtures/server.ts'

const guardOptions = { roles: { reader: ['items:read'], editor: ['items:read', 'items:write'] } }

for (const [name, who, expected] of [
  ['all that its roles give', { roles: ['editor'] }, ['items:read', 'items:write']],
  ['its scopes that its roles give', { roles: ['editor'], scopes: ['items:write', 'admin'] }, ['items:write']],
  ['nothing with no roles', { roles: [] }, []],
  ['nothing for an unknown role', { roles: ['owner', '__proto__'] }, []],
  ['its scopes without roles', { scopes: ['admin'] }, ['admin']]
] as const) {
  t.test(`a session has ${name}`, async (t) => {
    const app = await serverWith(t, { guardOptions })
    const cookie = await signIn(app, { subject: 'alice', ...who })
    for (let time = 0; time < 2; time++) {
      const { scopes } = (await app.inject({ url: '/me', headers: { cookie } })).json<{ scopes: string[] }>()
      t.same(scopes.sort(), expected)
    }
  })
}

t.test('refuses a sign-in with roles that are no list of texts', async (t) => {
  const app = await serverWith(t, { guardOptions })
  for (const roles of ['editor', [''], [7], { editor: true }]) {
    // Cast: JavaScript may pass any value.
    await rejectsLike(t, () => signIn(app, { subject: 'alice', roles } as unknown as SignIn), { message: /roles/ })
  }
})

t.test('ignores a cookie whose roles are no list of texts', async (t) => {
  for (const roles of ['editor', [7], null]) {
    const real = secureSessionCodec()
    const codec: typeof real = {
      ...real,
      async open(keys) {
        const sealer = await real.open(keys)
        return { ...sealer, seal: (content) => sealer.seal({ ...content, roles }) }
      }
    }
    const app = await serverWith(t, { guardOptions, options: { codec } })
    t.equal(await subjectOf(app, await signIn(app, { subject: 'alice', roles: ['editor'] })), null)
  }
})

t.test('app.guard.revokeAll() ends the sessions of a subject', async (t) => {
  const app = await serverWith(t)
  const [cookie, other] = [await signIn(app), await signIn(app, { subject: 'bob' })]
  await app.guard.revokeAll('alice')
  t.equal(await subjectOf(app, cookie), null)
  t.equal(await subjectOf(app, other), 'bob')
})
