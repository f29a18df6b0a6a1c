import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { accessMatrix, as, assertRefusesForgeries } from '@latchkey/testing'
import { build } from '../../examples/first-party/app.ts'
import { passwordLogin } from './password-login.ts'

t.test('each endpoint accepts any of its scopes', async (t) => {
  const app = await build('http://localhost:3000')
  t.teardown(() => app.close())
  const scopes = ['some.scope', 'other.scope', 'third.scope']
  const principals = Object.fromEntries(scopes.map((scope) => [scope, { subject: 'ann', scopes: [scope] }]))
  const table = await accessMatrix(app, { principals })
  const rows = table.split('\n').filter((row) => row.includes('/endpoint'))
  t.same(
    rows.map((row) => row.split(/ {2,}/)),
    [
      ['GET /endpoint1', 'yes', '403', 'yes'],
      ['GET /endpoint2', '403', 'yes', 'yes'],
      ['GET /endpoint3', 'yes', 'yes', 'yes']
    ]
  )
  const refused = await as(app, { subject: 'ann', scopes: ['other.scope'] }).get('/endpoint1')
  t.match(refused.headers['www-authenticate'], /^Bearer error="insufficient_scope"/)
})

t.test('a request without a token gets a challenge at the closed endpoints only', async (t) => {
  const app = await build('http://localhost:3000')
  t.teardown(() => app.close())
  for (const [url, scope] of [
    ['/endpoint1', 'some.scope'],
    ['/endpoint2', 'other.scope']
  ] as const) {
    const response = await app.inject(url)
    t.equal(response.statusCode, 401)
    t.equal(response.headers['www-authenticate'], `Bearer scope="${scope}"`)
  }
  t.equal((await app.inject('/endpoint3')).statusCode, 200)
})

t.test('a ticked scope that the user may not have is not granted', async (t) => {
  const app = await build('http://localhost:3000')
  t.teardown(() => app.close())
  const token = await passwordLogin(app, {
    username: 'ben',
    password: 'bens-password',
    scope: 'some.scope other.scope third.scope'
  })
  const headers = { authorization: `Bearer ${token}` }
  t.equal((await app.inject({ url: '/endpoint1', headers })).statusCode, 200)
  t.equal((await app.inject({ url: '/endpoint2', headers })).statusCode, 403)
})

t.test('a wrong password gives no token', async (t) => {
  const app = await build('http://localhost:3000')
  t.teardown(() => app.close())
  await rejectsLike(t, passwordLogin(app, { username: 'ann', password: 'bens-password' }), {
    message: /400.*invalid_grant/
  })
})

t.test('forged tokens open no endpoint', async (t) => {
  const app = await build('http://localhost:3000')
  t.teardown(() => app.close())
  const refused = await assertRefusesForgeries(app, { url: '/endpoint1' })
  t.ok(refused.length > 40)
})
