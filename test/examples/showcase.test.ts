import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { build } from '../../examples/showcase/app.ts'
import { injectForm } from '../inject-form.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { standIn } from '../stand-in.ts'
import { visitor } from '../visitor.ts'
import { passwordLogin } from './password-login.ts'

async function showcase(t: Test): Promise<FastifyInstance> {
  const app = await build('http://localhost:3000')
  t.teardown(() => app.close())
  return app
}

const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` })

t.test('a token opens only the routes of its scopes (SEC-65)', async (t) => {
  const app = await showcase(t)
  const token = await passwordLogin(app, { username: 'alice', password: 'wonderland', scope: 'items:read' })

  const items = await app.inject({ url: '/items', headers: bearer(token) })
  t.equal(items.statusCode, 200)
  t.same(items.json(), [{ name: 'a brass key' }])

  const payload = { name: 'a lantern' }
  const little = await app.inject({ method: 'POST', url: '/items', headers: bearer(token), payload })
  t.equal(little.statusCode, 403)
  t.match(little.headers['www-authenticate'], /^Bearer error="insufficient_scope", .*scope="items:write"$/)

  const none = await app.inject('/items')
  t.equal(none.statusCode, 401)
  t.equal(none.headers['www-authenticate'], 'Bearer scope="items:read"')

  for (const at of [3, Math.floor(token.length / 2), token.length - 10]) {
    const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
    const response = await app.inject({ url: '/items', headers: bearer(changed) })
    t.equal(response.statusCode, 401)
    t.match(response.headers['www-authenticate'], /^Bearer error="invalid_token"/)
  }
})

t.test('a user with the scope adds a valid item', async (t) => {
  const app = await showcase(t)
  const token = await passwordLogin(app, {
    username: 'alice',
    password: 'wonderland',
    scope: 'items:read items:write'
  })
  const post = (payload: object) => app.inject({ method: 'POST', url: '/items', headers: bearer(token), payload })
  const made = await post({ name: 'a lantern' })
  t.equal(made.statusCode, 201)
  t.same(made.json(), { name: 'a lantern' })
  t.equal((await post({ name: '' })).statusCode, 400)
  t.same((await app.inject({ url: '/items', headers: bearer(token) })).json(), [
    { name: 'a brass key' },
    { name: 'a lantern' }
  ])
})

t.test('a request for a scope does not grant it, and a disabled user gets no token', async (t) => {
  const app = await showcase(t)
  const bob = await passwordLogin(app, { username: 'bob', password: 'builder', scope: 'items:read items:write admin' })
  t.same((await app.inject({ url: '/me', headers: bearer(bob) })).json(), { subject: 'bob', scopes: ['items:read'] })
  t.equal((await app.inject({ url: '/admin', headers: bearer(bob) })).statusCode, 403)

  const form = { grant_type: 'password', username: 'carol', password: 'caroline' }
  const carol = await injectForm(app, '/token', form)
  t.equal(carol.statusCode, 400)
  t.equal(carol.json().error, 'invalid_grant')
})

t.test('the page, the health check and the documentation are public, and the document lists the rules', async (t) => {
  const app = await showcase(t)
  t.equal((await app.inject('/health')).body, 'ok')
  const page = await app.inject('/')
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-security-policy'], /default-src 'none'/)
  t.equal((await app.inject('/docs/')).statusCode, 200)
  interface Document {
    paths: Record<string, Record<string, { security: Record<string, string[]>[] }>>
  }
  const { paths } = (await app.inject('/docs/json')).json<Document>()
  t.same(paths['/health']?.get?.security, [])
  t.same(
    paths['/items']?.post?.security,
    ['oauth2', 'bearerAuth', 'session'].map((scheme) => ({ [scheme]: ['items:write'] }))
  )
})

t.test('every operation in the document has a summary', async (t) => {
  const app = await showcase(t)
  const { paths } = (await app.inject('/docs/json')).json<{
    paths: Record<string, Record<string, { summary?: string }>>
  }>()
  const operations = Object.entries(paths).flatMap(([url, methods]) =>
    Object.entries(methods).map(([method, { summary = '' }]) => ({ name: `${method} ${url}`, summary }))
  )
  t.ok(operations.length > 5)
  t.same(
    operations.filter(({ summary }) => summary === ''),
    []
  )
})

t.test('a session opens the routes of its one scope until the logout', async (t) => {
  const { provider } = await standIn(t, 'google')
  const origin = await freeOrigin()
  await listen(t, await build(origin, { providers: [provider] }), origin)
  const ada = visitor()
  const login = `${origin}/login?returnTo=%2Fitems`
  like(t, await ada.get(`${origin}/items`), { status: 200, url: login })
  await ada.logIn(`${origin}/login/google`, 'ada')
  like(t, JSON.parse((await ada.get(`${origin}/me`)).text), { scopes: ['items:read'] })
  t.equal((await ada.get(`${origin}/items`)).status, 200)
  t.equal((await ada.get(`${origin}/admin`)).status, 403)
  like(t, await ada.post(`${origin}/logout`), { status: 200, url: `${origin}/` })
  like(t, await ada.get(`${origin}/items`), { status: 200, url: login })
})

t.test('a user logs in with a password, with or without providers', async (t) => {
  const origin = await freeOrigin()
  await listen(t, await build(origin), origin)
  const alice = visitor()
  t.equal((await alice.get(`${origin}/items`)).url, `${origin}/login?returnTo=%2Fitems`)
  const form = { username: 'alice', password: 'wonderland', returnTo: '/me' }
  const me = await alice.post(`${origin}/login/password`, form)
  like(t, me, { status: 200, url: `${origin}/me` })
  t.same(JSON.parse(me.text), { subject: 'alice', scopes: ['items:read', 'items:write'] })
  const carol = await visitor().post(`${origin}/login/password`, { ...form, username: 'carol', password: 'caroline' })
  t.equal(carol.status, 401)
})

t.test(
  'the showcase does not start with a route without a rule, and the message names the route and the fix',
  async (t) => {
    const app = await build('http://localhost:3000')
    app.get('/forgotten', async () => 'open?')
    await rejectsLike(t, async () => app.ready(), {
      message: /GET \/forgotten has no rule\n[^]*config: { access: rule }/
    })
  }
)
