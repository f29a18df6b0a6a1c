import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { accountServer, hashOf, NEW_PASSWORD, PASSWORD } from '../fixtures/account.ts'
import { cookieOf, origin } from '../fixtures/server.ts'

t.test('a logged-in user changes the password, stays logged in here, and is logged out elsewhere', async (t) => {
  const { open, post, next, logIn, sessions, table } = await accountServer(t)
  const [here] = [await logIn('ada'), await logIn('ada')]
  const page = await open('/login/change-password', here)
  t.equal(page.statusCode, 200)
  contains(t, page.body, '<label for="password">Current password</label>')
  contains(t, page.body, 'You stay logged in here, and are logged out everywhere else.')
  const changed = await post(
    'change-password',
    { password: PASSWORD, newPassword: NEW_PASSWORD, returnTo: '/me' },
    { headers: { cookie: here } }
  )
  t.same([changed.statusCode, changed.headers.location], [303, '/me'])
  t.equal(table.rows[0]?.passwordHash, hashOf(NEW_PASSWORD))
  const now = cookieOf(changed)
  t.not(now, here, 'the session has a new identifier (SEC-126)')
  t.same(
    [...sessions.keys()].map((id) => `session=${id}`),
    [now]
  )
  like(
    t,
    [...sessions.values()],
    [
      {
        subject: 'id-of-ada',
        scopes: ['items:read'],
        claims: undefined,
        authenticatedAt: Number,
        lifetime: { remembered: false }
      }
    ]
  )
  t.same(await next(), { kind: 'password-changed', to: 'ada@example.com', url: `${origin}/login/reset-password` })
})

t.test('a wrong current password changes nothing, within the limits of the login', async (t) => {
  const { send, post, logIn, sessions, table } = await accountServer(t, {}, { options: { throttle: { failures: 3 } } })
  const headers = { cookie: await logIn('ada') }
  const refused: [body: Record<string, string>, status: number, error: string][] = [
    [{ newPassword: NEW_PASSWORD }, 400, 'invalid_request'],
    [{ password: PASSWORD }, 400, 'invalid_request'],
    [{ password: PASSWORD, newPassword: 'short' }, 400, 'weak_password'],
    [{ password: 'wrong', newPassword: NEW_PASSWORD }, 401, 'invalid_credentials'],
    [{ password: 'wrong', newPassword: NEW_PASSWORD }, 401, 'invalid_credentials'],
    [{ password: 'wrong', newPassword: NEW_PASSWORD }, 401, 'invalid_credentials'],
    [{ password: PASSWORD, newPassword: NEW_PASSWORD }, 429, 'too_many_attempts']
  ]
  for (const [body, status, error] of refused) {
    const answer = await send('change-password', body, { headers })
    t.same([answer.statusCode, answer.json().error], [status, error])
  }
  const page = await post('change-password', { newPassword: NEW_PASSWORD }, { headers })
  contains(t, page.body, '<p class="fault" id="password-fault">Enter your password.</p>')
  t.equal(table.rows[0]?.passwordHash, hashOf(PASSWORD))
  t.equal(sessions.size, 1)
})

t.test('a browser without a session is sent to the login, and a program gets 401', async (t) => {
  const { open, send, table } = await accountServer(t)
  for (const path of ['/login/change-password', '/login/change-email/link?token=x']) {
    const page = await open(path)
    t.same([page.statusCode, page.headers.location], [303, `/login?returnTo=${encodeURIComponent(path)}`])
  }
  const email = await open('/login/change-email')
  t.same([email.statusCode, email.headers.location], [303, '/login?returnTo=%2Flogin%2Fchange-email'])
  for (const path of ['change-password', 'change-email', 'change-email/link']) {
    const answer = await send(path, { password: PASSWORD, newPassword: NEW_PASSWORD, email: 'eve@example.com' })
    t.equal(answer.statusCode, 401)
    t.equal(answer.json().code, 'LATCHKEY_AUTHENTICATION_REQUIRED')
  }
  t.equal(table.rows[0]?.passwordHash, hashOf(PASSWORD))
})

t.test('a user without a password is told how to get one', async (t) => {
  const { send, logIn, table } = await accountServer(t)
  const headers = { cookie: await logIn('ada') }
  Object.assign(table.rows[0] ?? {}, { passwordHash: null })
  const answer = await send('change-password', { password: PASSWORD, newPassword: NEW_PASSWORD }, { headers })
  t.same(
    [answer.statusCode, answer.json()],
    [
      409,
      { error: 'no_password', error_description: 'This account has no password yet. Reset the password to set one.' }
    ]
  )
})

t.test('a session that ended while the body was read changes nothing', async (t) => {
  let isOver = false
  const { send, logIn, sessions, table } = await accountServer(
    t,
    {},
    {
      before: async (app) => {
        // The guard has admitted the request before its body is read, and this hook runs afterwards.
        app.addHook('preHandler', async () => {
          if (isOver) sessions.clear()
        })
      }
    }
  )
  const headers = { cookie: await logIn('ada') }
  isOver = true
  const answer = await send('change-password', { password: PASSWORD, newPassword: NEW_PASSWORD }, { headers })
  t.same([answer.statusCode, answer.json().error], [403, 'session_required'])
  t.equal(table.rows[0]?.passwordHash, hashOf(PASSWORD))
})

t.test('a credential other than a session is refused', async (t) => {
  const { send, table } = await accountServer(
    t,
    {},
    {
      before: async (app) => {
        app.guard.addAuthenticator({
          scheme: 'key',
          challenge: 'Key',
          ambient: false,
          header: 'x-key',
          securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } },
          authenticate: ({ headers }) =>
            headers['x-key'] === undefined
              ? null
              : {
                  subject: 'id-of-ada',
                  issuer: null,
                  scopes: null,
                  claims: {},
                  authenticatedAt: Math.floor(Date.now() / 1000)
                }
        })
      }
    }
  )
  for (const path of ['change-password', 'change-email', 'change-email/link']) {
    const body = { password: PASSWORD, newPassword: NEW_PASSWORD, email: 'eve@example.com', token: 'x'.repeat(43) }
    const answer = await send(path, body, { headers: { 'x-key': '1' } })
    t.same([answer.statusCode, answer.json().error], [403, 'session_required'])
  }
  t.equal(table.rows[0]?.passwordHash, hashOf(PASSWORD))
})
