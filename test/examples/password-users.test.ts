import t from 'tap'
import { build, makeUsers } from '../../examples/password-users/app.ts'
import { passwordLogin } from './password-login.ts'

t.test('returns the logged-in user until the user is disabled (SEC-59)', async (t) => {
  const users = await makeUsers()
  const app = await build('http://localhost:3000', users)
  t.teardown(() => app.close())
  const token = await passwordLogin(app, { username: 'johndoe', password: 'secret' })
  const me = { url: '/users/me', headers: { authorization: `Bearer ${token}` } }
  const response = await app.inject(me)
  t.equal(response.statusCode, 200)
  t.same(response.json(), { username: 'johndoe', full_name: 'John Doe', email: 'johndoe@example.com' })

  const john = users.get('johndoe')
  t.ok(john)
  Object.assign(john ?? {}, { disabled: true })
  const refused = await app.inject(me)
  t.equal(refused.statusCode, 401)
  t.match(refused.headers['www-authenticate'], /^Bearer error="invalid_token"/)
})

t.test('answers a disabled user like a wrong password (SEC-16)', async (t) => {
  const app = await build('http://localhost:3000', await makeUsers())
  t.teardown(() => app.close())
  const answer = async (username: string, password: string): Promise<string> =>
    passwordLogin(app, { username, password }).catch((error: unknown) => String(error))
  const disabled = await answer('alice', 'secret2')
  t.match(disabled, /400.*invalid_grant/)
  t.equal(await answer('johndoe', 'wrong'), disabled)
  t.equal(await answer('nobody', 'secret'), disabled)
})
