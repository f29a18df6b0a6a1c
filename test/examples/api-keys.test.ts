import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { sqlStore } from '@latchkey/store/sql'
import path from 'node:path'
import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { build } from '../../examples/api-keys/app.ts'

const secret = randomBytes(32).toString('base64url')
const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' }

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
  const signIn = await first.inject({
    method: 'POST',
    url: '/sign-in',
    headers: { ...SAME_ORIGIN, 'content-type': 'application/x-www-form-urlencoded' },
    payload: ''
  })
  t.equal(signIn.statusCode, 303)
  const headers = { ...SAME_ORIGIN, cookie: String(signIn.headers['set-cookie']).split(';', 1)[0] ?? '' }
  const payload = { name: 'backup', scopes: ['items:read'] }
  const created = await first.inject({ method: 'POST', url: '/api-keys', headers, payload })
  t.equal(created.statusCode, 201)
  const { key, id } = created.json<{ key: string; id: string }>()
  await first.close()

  const second = await run()
  const items = async () => second.inject({ url: '/items', headers: { 'x-api-key': key } })
  t.same((await items()).json(), { items: ['a brass key'], by: 'backup' })
  like(t, (await second.inject({ url: '/items', headers })).json(), { by: 'a session' })
  const post = await second.inject({ method: 'POST', url: '/items', headers: { 'x-api-key': key } })
  t.equal(post.statusCode, 403)
  t.equal((await second.inject({ method: 'DELETE', url: `/api-keys/${id}`, headers })).statusCode, 204)
  t.equal((await items()).statusCode, 401)
})
