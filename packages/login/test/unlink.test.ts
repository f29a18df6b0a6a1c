import t from 'tap'
import { keeping } from './fixtures/keeping.ts'
import { pathOf } from './fixtures/server.ts'

t.test('unlink() deletes the tokens of the removed identity only', async (t) => {
  const { alice, provider, app, store } = await keeping(t)
  const accountId = String(alice.session?.subject)
  const kept = async (): Promise<unknown> => store.upstreamTokens.find({ accountId, provider: 'house' })
  const linkAs = async (sub: string): Promise<void> => {
    provider.claims = { sub }
    provider.userinfo = { sub }
    const { headers } = await alice.post('/login/house/link')
    await alice.get(pathOf(provider.agree(String(headers.location))))
  }
  const unlink = async (subject: string): Promise<void> => {
    const answer = await app.inject({ url: `/unlink/house/${subject}`, headers: { cookie: alice.jar.header } })
    t.same(answer.json(), { unlinked: true })
  }
  await linkAs('alice-2')
  await unlink('alice-1')
  t.not(await kept(), null, 'the tokens belong to alice-2')
  await linkAs('alice-3')
  await unlink('alice-3')
  t.equal(await kept(), null)
  await linkAs('alice-4')
  await app.login.forget(accountId, 'house')
  await unlink('alice-4')
  t.equal(await kept(), null)
})

t.test('unlink() removes an identity when tokens are not kept', async (t) => {
  const { alice, provider, app } = await keeping(t, { keepTokens: false })
  provider.claims = { sub: 'alice-2' }
  provider.userinfo = { sub: 'alice-2' }
  const { headers } = await alice.post('/login/house/link')
  await alice.get(pathOf(provider.agree(String(headers.location))))
  const answer = await app.inject({ url: '/unlink/house/alice-2', headers: { cookie: alice.jar.header } })
  t.same(answer.json(), { unlinked: true })
})
