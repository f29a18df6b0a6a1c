import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import { sqlStore } from '@latchkey/store/sql'
import path from 'node:path'
import { randomBytes } from 'node:crypto'
import { assertDocumented, browser } from '@latchkey/testing'
import type { FastifyInstance } from 'fastify'
import { build } from '../../examples/api-keys/app.ts'

const secret = randomBytes(32).toString('base64url')

t.test('a user signs in, creates a key, uses it after a restart, and revokes it', async (t) => {
  const file = path.join(t.testdir(), 'keys.sqlite')
  const run = async (): Promise<FastifyInstance> => {
    const store = sqlStore({ file })
    await store.migrate()
    const app = await build('http://localhost:3000', store, secret)
    app.addHook('onClose', async () => store.close())
    t.teardown(() => app.close())
    return app
  }
  const first = await run()
  contains(t, (await first.inject('/')).body, 'Create a key')
  const alice = browser(first)
  t.equal((await alice.submit('/sign-in')).url, 'http://localhost:3000/')
  const payload = { name: 'backup', scopes: ['items:read'] }
  const created = await alice.fetch('/api-keys', { method: 'POST', payload })
  t.equal(created.statusCode, 201)
  const { key, id } = created.json() as { key: string; id: string }
  t.equal((await alice.fetch(`/api-keys/${id}`, { method: 'DELETE' }, { site: 'cross-site' })).statusCode, 401)
  const cookie = [...(await alice.cookies())].map(([name, value]) => `${name}=${value}`).join('; ')
  await first.close()

  const second = await run()
  const aliceLater = browser(second)
  const items = async () => second.inject({ url: '/items', headers: { 'x-api-key': key } })
  t.same((await items()).json(), { items: ['a brass key'], by: 'backup' })
  like(t, (await aliceLater.fetch('/items', {}, { headers: { cookie } })).json(), { by: 'a session' })
  const post = await second.inject({ method: 'POST', url: '/items', headers: { 'x-api-key': key } })
  t.equal(post.statusCode, 403)
  const remove = await aliceLater.fetch(`/api-keys/${id}`, { method: 'DELETE' }, { headers: { cookie } })
  t.equal(remove.statusCode, 204)
  t.equal((await items()).statusCode, 401)
})

t.test('the document of the example says what its guard requires', async (t) => {
  const app = await build('http://localhost:3000', memoryStore(), secret)
  t.teardown(() => app.close())
  await assertDocumented(app)
  t.pass('they agree')
})
