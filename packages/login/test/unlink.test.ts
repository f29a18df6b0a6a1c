import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { keeping } from './fixtures/keeping.ts'
import { link, linking } from './fixtures/linking.ts'
import { house, pathOf, server } from './fixtures/server.ts'

t.test('an address that another plugin keeps is not listed and not removed, and counts as an identity', async (t) => {
  const linked = await linking(t)
  const { alice, store } = linked
  const subject = String(alice.session?.subject)
  const address = { provider: 'latchkey:email', subject: 'alice@example.com' }
  await store.accounts.link(subject, address)
  t.same((await alice.get('/identities')).json(), [{ provider: 'one', subject: 'alice-1' }])
  const remove = async (provider: string, of: string): Promise<LightMyRequestResponse> =>
    linked.app.inject({
      method: 'DELETE',
      url: `/identities?${new URLSearchParams({ provider, subject: of }).toString()}`,
      headers: { cookie: alice.jar.header }
    })
  t.same((await remove(address.provider, address.subject)).json(), { unlinked: false })
  t.same((await remove('one', 'alice-1')).json(), { unlinked: true })
  t.same(await store.accounts.identities(subject), [address])
})

t.test('unlink() removes an identity and its tokens, but not the last identity', async (t) => {
  const linked = await linking(t)
  await link(linked)
  const { alice, store } = linked
  const remove = async (provider: string, subject: string): Promise<LightMyRequestResponse> =>
    linked.app.inject({
      method: 'DELETE',
      url: `/identities?provider=${provider}&subject=${subject}`,
      headers: { cookie: alice.jar.header }
    })
  t.same((await remove('other', 'bob-1')).json(), { unlinked: false })
  t.same((await remove('other', 'alice-1')).json(), { unlinked: true })
  t.equal(await store.upstreamTokens.find({ accountId: String(alice.session?.subject), provider: 'other' }), null)
  const last = await remove('one', 'alice-1')
  t.equal(last.statusCode, 409)
  t.same(last.json(), { error: 'last_identity' })
  t.equal(
    (await linked.app.inject({ method: 'DELETE', url: '/identities?provider=one&subject=alice-1' })).statusCode,
    401
  )
})

t.test('two concurrent calls of unlink() leave one identity', async (t) => {
  const linked = await linking(t)
  await link(linked)
  const { accounts } = linked.store
  const identities = accounts.identities.bind(accounts)
  const subject = String(linked.alice.session?.subject)
  // The other identity is removed between the check and the change.
  const racing = {
    ...accounts,
    unlink: async (id: string, identity: { provider: string; subject: string }) => {
      await accounts.unlink(id, { provider: 'one', subject: 'alice-1' })
      return await accounts.unlink(id, identity)
    }
  }
  const providers = [house(linked.one, 'one'), house(linked.other, 'other')]
  const { app, sessions } = await server(
    t,
    { providers, store: { accounts: racing } },
    {
      prepare(app) {
        app.delete('/other', async (request) => app.login.unlink(request, { provider: 'other', subject: 'alice-1' }))
      }
    }
  )
  for (const [id, session] of linked.sessions) sessions.set(id, session)
  const answer = await app.inject({ method: 'DELETE', url: '/other', headers: { cookie: linked.alice.jar.header } })
  t.equal(answer.statusCode, 409)
  t.same(await identities(subject), [{ provider: 'other', subject: 'alice-1' }])
})

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
