import { randomBytes } from 'node:crypto'
import { like } from '@latchkey/exact'
import { as, assertDocumented, browser } from '@latchkey/testing'
import t from 'tap'
import { build } from '../../examples/starter/app.ts'
import { read } from '../architecture/workspace.ts'
import { passwordLogin } from './password-login.ts'

const origin = 'http://localhost:3000'
const secret = (): string => randomBytes(32).toString('base64url')

t.test('the wiring has ten lines at most', async (t) => {
  const [, wiring = ''] = /Promise<FastifyInstance> \{\n(.*?)\n\n/s.exec(read('examples/starter/app.ts')) ?? []
  t.ok(wiring.includes('await app.register(latchkey, {'))
  t.ok(wiring.split('\n').length <= 10)
})

t.test('a token and a session open the same routes, and nothing else does', async (t) => {
  const app = await build(origin, secret())
  t.teardown(() => app.close())
  const token = await passwordLogin(app, { username: 'alice', password: 'wonderland', scope: 'items:read items:write' })
  const authorization = `Bearer ${token}`
  like(t, await app.inject({ url: '/items', headers: { authorization } }), {
    statusCode: 200,
    body: '["a brass key"]'
  })
  like(t, await app.inject({ method: 'POST', url: '/items', headers: { authorization } }), {
    statusCode: 403,
    headers: { 'www-authenticate': /^Bearer .*error="insufficient_scope".* scope="items:write"/ }
  })
  const writer = as(app, { subject: 'bob', scopes: ['items:write'] })
  t.equal((await writer.post('/items')).statusCode, 201)
  t.equal((await app.inject('/items')).statusCode, 401)
  t.equal((await app.inject('/health')).statusCode, 200)

  const visitor = browser(app, { origin })
  t.equal((await visitor.open('/items')).url, `${origin}/login?returnTo=%2Fitems`)
  const form = { username: 'alice', password: 'wonderland', returnTo: '/items' }
  const page = await visitor.submit('/login/password', form)
  like(t, page, { statusCode: 200, url: `${origin}/items`, body: '["a brass key"]' })
})

t.test('the document describes each route as the guard protects it', async (t) => {
  const app = await build(origin, secret())
  t.teardown(() => app.close())
  await app.ready()
  await assertDocumented(app)
  t.equal((await app.inject('/docs/')).statusCode, 200)
})
