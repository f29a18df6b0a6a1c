import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { build } from '../../examples/first-party/app.ts'
import { passwordLogin } from './password-login.ts'

t.test('each endpoint accepts any of its scopes', async (t) => {
  const app = await build('http://localhost:3000')
  t.teardown(() => app.close())
  const opens: Record<string, [number, number, number]> = {
    'some.scope': [200, 403, 200],
    'other.scope': [403, 200, 200],
    'third.scope': [200, 200, 200]
  }
  for (const [scope, statuses] of Object.entries(opens)) {
    const token = await passwordLogin(app, { username: 'ann', password: 'anns-password', scope })
    for (const [at, status] of statuses.entries()) {
      const url = `/endpoint${at + 1}`
      const response = await app.inject({ url, headers: { authorization: `Bearer ${token}` } })
      t.equal(response.statusCode, status, `${scope} at ${url}`)
      if (status === 403) t.match(response.headers['www-authenticate'], /^Bearer error="insufficient_scope"/)
    }
  }
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
