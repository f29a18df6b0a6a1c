import t from 'tap'
import { contains, like } from '@latchkey/exact'
import type { AccountOptions } from '@latchkey/password-login'
import { hashPassword, passwordPolicy } from '@latchkey/passwords'
import { memoryStore } from '@latchkey/store/memory'
import type { FastifyInstance } from 'fastify'
import { accountServer, NEW_PASSWORD, PASSWORD, table } from '../fixtures/account.ts'
import { server } from '../fixtures/server.ts'

const { rows: _rows, verifyPassword: _verify, ...users } = table()
const sendMail = async () => undefined
const given = { users, sendMail, resetPassword: true }

const wrong: [account: unknown, message: string][] = [
  [
    'yes',
    'account must be an object with users, sendMail, policy, hashPassword, linkLifetime, throttle, signUp, verifyEmail, resetPassword, changePassword, changeEmail; got a string'
  ],
  [
    { ...given, users: undefined },
    'account.users must have the functions findByEmail and findBySubject; got undefined'
  ],
  [
    { ...given, users: { findByEmail: sendMail } },
    'account.users must have the functions findByEmail and findBySubject; got an object'
  ],
  [{ ...given, sendMail: undefined }, 'account.sendMail must be a function; got undefined'],
  [{ ...given, policy: {} }, 'account.policy must be the result of passwordPolicy(); got an object'],
  [
    { ...given, policy: { weaknessOf: sendMail } },
    'account.policy must be the result of passwordPolicy(); got an object'
  ],
  [{ ...given, hashPassword: 'argon2' }, 'account.hashPassword must be a function; got a string'],
  [
    { ...given, linkLifetime: 60 },
    'account.linkLifetime must be a whole number of seconds from 300 to 86400; got a number'
  ],
  [
    { ...given, throttle: { failures: 0 } },
    'account.throttle.failures must be a whole number of failures from 1 to 1000000000; got a number'
  ],
  [{ ...given, signup: true }, 'account.signup does not exist. Fix: write signUp'],
  [
    { users, sendMail },
    'account must switch on a route: signUp, verifyEmail, resetPassword, changePassword, changeEmail'
  ],
  [
    { ...given, users: { ...users, setPassword: undefined } },
    'account.users.setPassword must be a function, for account.resetPassword'
  ],
  [
    { users: { ...users, createUser: 1 }, sendMail, signUp: true },
    'account.users.createUser must be a function, for account.signUp'
  ]
]

for (const [account, message] of wrong) {
  t.test(`a server does not start: ${message}`, async (t) => {
    const options = { account: account as AccountOptions }
    const error: unknown = await server(t, options).catch((thrown: unknown) => thrown)
    like(t, error, { name: 'RegistrationError', message: `@latchkey/password-login: ${message}` })
  })
}

const { records, ...withoutRecords } = memoryStore()

for (const [name, lacking] of [
  ['records', undefined],
  ...['create', 'find', 'replace', 'remove', 'removeOwned'].map((method) => [
    `records.${method}`,
    { ...records, [method]: undefined }
  ])
] as [name: string, records: never][]) {
  t.test(`a server does not start without store.${name}`, async (t) => {
    const store = { ...withoutRecords, records: lacking }
    const error: unknown = await server(t, { store, account: given }).catch((thrown: unknown) => thrown)
    like(t, error, {
      name: 'RegistrationError',
      message: '@latchkey/password-login: store must have records for the option account, as memoryStore() has'
    })
  })
}

t.test('a route that is off does not exist, and the login page has no link to it', async (t) => {
  const off = { signUp: false, verifyEmail: false, changePassword: false, changeEmail: false }
  let paths: unknown
  const after = async (app: FastifyInstance) => void (paths = app.passwordLogin.accountPaths)
  const { open, send } = await accountServer(t, off, { after })
  for (const path of [
    'sign-up',
    'sign-up/link',
    'verify-email/link',
    'change-password',
    'change-email',
    'change-email/link'
  ]) {
    t.equal((await open(`/login/${path}`)).statusCode, 404)
    t.equal((await send(path, {})).statusCode, 404)
  }
  t.same(paths, {
    login: '/login',
    signUp: null,
    resetPassword: '/login/reset-password',
    changePassword: null,
    changeEmail: null
  })
  t.notMatch((await open('/login')).body, /sign-up/)
})

t.test('without the option there are no routes', async (t) => {
  let paths: unknown
  const after = async (child: FastifyInstance) => void (paths = child.passwordLogin.accountPaths)
  const { app } = await server(t, {}, { after })
  t.same(paths, {
    login: '/login',
    signUp: null,
    resetPassword: null,
    changePassword: null,
    changeEmail: null
  })
  const { body } = await app.inject('/login')
  t.notMatch(body, /sign-up|reset-password/)
})

for (const prefix of ['/shop', '/shop/']) {
  t.test(`the routes have the prefix ${prefix} and the path of the login page`, async (t) => {
    const { open, next, app } = await accountServer(t, {}, { prefix, options: { loginPath: '/enter' } })
    contains(
      t,
      (await open('/shop/enter?returnTo=/a?b=1')).body,
      '<a href="/shop/enter/sign-up?returnTo=%2Fa%3Fb%3D1">'
    )
    contains(t, (await open('/shop/enter/reset-password')).body, 'action="/shop/enter/reset-password"')
    const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
    const payload = { email: 'ada@example.com' }
    await app.inject({ method: 'POST', url: '/shop/enter/reset-password', headers, payload })
    const url = new URL((await next()).url)
    t.equal(url.pathname, '/shop/enter/reset-password/link')
    t.equal((await open(url.pathname + url.search)).statusCode, 200)
  })
}

t.test('the policy checks new passwords', async (t) => {
  const policy = passwordPolicy({
    minLength: 8,
    isCompromised: async (password) => {
      if (password === 'unlucky password') throw new Error('the list is gone')
      return password === 'password1234'
    }
  })
  const { send, open, logIn } = await accountServer(t, { policy })
  const headers = { cookie: await logIn('ada') }
  const answers: [newPassword: string, status: number, text: string][] = [
    ['short', 400, 'The password needs 8 characters or more.'],
    ['password1234', 400, 'This password is in a list of leaked passwords. Choose another one.'],
    ['x'.repeat(1025), 400, 'This password is too long, or contains a character that cannot be used.'],
    ['unlucky password', 503, 'The login is not available now. Try again later.']
  ]
  for (const [newPassword, status, text] of answers) {
    const answer = await send('change-password', { password: PASSWORD, newPassword }, { headers })
    t.same([answer.statusCode, answer.json().error_description], [status, text])
  }
  contains(t, (await open('/login/change-password', headers.cookie)).body, '8 characters or more.')
  t.equal((await send('change-password', { password: PASSWORD, newPassword: 'eight888' }, { headers })).statusCode, 200)
})

t.test('new passwords are hashed with argon2id by default', async (t) => {
  const { send, logIn, table } = await accountServer(t, { hashPassword: undefined })
  const body = { password: PASSWORD, newPassword: NEW_PASSWORD }
  await send('change-password', body, { headers: { cookie: await logIn('ada') } })
  const parameters = (await hashPassword('any')).split('$').slice(0, 4)
  t.same(table.rows[0]?.passwordHash?.split('$').slice(0, 4), parameters)
})

t.test('a repeated parameter of a page counts as left out, and other methods are refused', async (t) => {
  const { app, open } = await accountServer(t)
  t.equal((await open('/login/sign-up?returnTo=/a&returnTo=/b')).statusCode, 200)
  t.notMatch((await open('/login/sign-up?returnTo=/a&returnTo=/b')).body, /type="hidden"/)
  const answer = await app.inject({ method: 'PUT', url: '/login/sign-up?canary' })
  t.same([answer.statusCode, answer.headers.allow, answer.json().error], [405, 'GET, POST', 'method_not_allowed'])
  t.notMatch(answer.body, /canary/)
})

t.test('a page of another site cannot post a form (login CSRF)', async (t) => {
  const { app, send, post, nextToken, logIn, mails, sessions } = await accountServer(t)
  await send('sign-up', { email: 'eve@example.com' })
  const token = await nextToken('sign-up')
  const cookie = await logIn('ada')
  const headers = { 'sec-fetch-site': 'cross-site', cookie }
  const body = { token, email: 'ada@example.com', username: 'eve', password: PASSWORD, newPassword: NEW_PASSWORD }
  for (const path of [
    'sign-up',
    'sign-up/link',
    'reset-password',
    'reset-password/link',
    'verify-email/link',
    'change-password',
    'change-email',
    'change-email/link'
  ]) {
    for (const answer of [await send(path, body, { headers }), await post(path, body, { headers })]) {
      t.equal(answer.statusCode, 403)
      t.equal(answer.headers['set-cookie'], undefined)
    }
  }
  await app.close()
  t.same([mails.length, sessions.size], [1, 1])
})
