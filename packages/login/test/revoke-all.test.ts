import t from 'tap'
import guard from '@latchkey/guard'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { house, server } from './fixtures/server.ts'

t.test('app.guard.revokeAll() forgets the kept tokens of the subject only (SEC-86)', async (t) => {
  const provider = await fakeProvider(t)
  const { app, store, browser } = await server(
    t,
    { providers: [house(provider)], keepTokens: true, secrets: ['x7TgBqL0sVnMwZyKcRjFhPdU3iXoE1aQ9tWr5v8b2mN'] },
    { prepare: (within) => void within.register(guard, { undeclared: 'allow' }) }
  )
  const alice = browser()
  await alice.login(provider, '/login/house')
  const mine = { accountId: String(alice.session?.subject), provider: 'house' }
  const ofBob = { accountId: 'bob', provider: 'house' }
  await store.upstreamTokens.put(ofBob, 'sealed')
  t.not(await store.upstreamTokens.find(mine), null)
  await app.guard.revokeAll(mine.accountId)
  t.equal(await store.upstreamTokens.find(mine), null)
  t.not(await store.upstreamTokens.find(ofBob), null)
})
