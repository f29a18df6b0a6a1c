import { UnavailableError } from '@latchkey/guard'
import passwordGrant from '@latchkey/password-grant'
import {
  argon2Passwords,
  hashPassword,
  type PasswordCredentials,
  type VerifiedUser,
  type VerifyPassword
} from '@latchkey/passwords'
import { RegistrationError, TokenError } from '@latchkey/token-endpoint'
import Fastify from 'fastify'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { server } from './fixtures/server.ts'

const NO_STORE = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', pragma: 'no-cache' }
const REFUSED = { error: 'invalid_grant', error_description: 'The username or the password is wrong' }

const ada: VerifiedUser = { subject: 'u1', scopes: ['items:read', 'items:write'] }
const knowsAda: VerifyPassword = async ({ username, password }) =>
  username === 'ada' && password === 'secret' ? ada : null

t.test('returns tokens for the right password, with the requested scopes that the user has', async (t) => {
  const { post } = await server({ verifyPassword: knowsAda, now: () => 1_700_000_000_999 })
  const { status, headers, body } = await post({ username: 'ada', password: 'secret', scope: 'items:read admin' })
  t.equal(status, 200)
  like(t, headers, NO_STORE)
  like(t, body, { token_type: 'Bearer', expires_in: 600, scope: 'items:read', refresh_token: String })
  const [, payload = ''] = String(body.access_token).split('.')
  like(t, JSON.parse(Buffer.from(payload, 'base64url').toString()), {
    sub: 'u1',
    client_id: 'first-party',
    scope: 'items:read',
    auth_time: 1_700_000_000
  })
})

t.test('auth_time is the system time by default', async (t) => {
  const { post } = await server({ verifyPassword: knowsAda })
  const earliest = Math.floor(Date.now() / 1000)
  const { body } = await post({ username: 'ada', password: 'secret' })
  const [, payload = ''] = String(body.access_token).split('.')
  const { auth_time } = JSON.parse(Buffer.from(payload, 'base64url').toString())
  t.ok(auth_time >= earliest && auth_time <= Date.now() / 1000)
})

t.test('returns unsupported_grant_type when this package is not registered (SEC-15, RFC 9700 §2.4)', async (t) => {
  const { post } = await server()
  const { status, headers, body } = await post({ username: 'ada', password: 'secret' })
  t.equal(status, 400)
  like(t, headers, NO_STORE)
  t.equal(body.error, 'unsupported_grant_type')
})

t.test(
  'returns unauthorized_client for a client without the grant, before the password is verified (SEC-15)',
  async (t) => {
    const verifyPassword = async () => t.fail('verified the password')
    // It never answers.
    const { post } = await server(
      { verifyPassword: verifyPassword as unknown as VerifyPassword },
      {
        clients: [{ clientId: 'third-party', grantTypes: ['refresh_token'] }]
      }
    )
    const { status, headers, body } = await post({ username: 'ada', password: 'secret', client_id: 'third-party' })
    t.equal(status, 400)
    like(t, headers, NO_STORE)
    t.equal(body.error, 'unauthorized_client')
  }
)

t.test('warns once at boot that the grant is for first-party clients only (RFC 9700) (SEC-15)', async (t) => {
  const { app, logged } = await server({ verifyPassword: knowsAda })
  await app.ready()
  const lines = logged.filter(({ msg }) => String(msg).includes('RFC 9700 §2.4'))
  like(t, lines, [{ level: 40, msg: /grant_type=password .* first-party clients only/ }])
  t.equal(lines.length, 1)
})

t.test('returns invalid_request without a username or a password', async (t) => {
  const { post } = await server({ verifyPassword: async () => ada })
  for (const [missing, form] of [
    ['username', { password: 'secret' }],
    ['username', { username: '', password: 'secret' }],
    ['password', { username: 'ada' }],
    ['password', { username: 'ada\0', password: '' }]
  ] as const) {
    const { status, headers, body } = await post(form)
    t.equal(status, 400)
    like(t, headers, NO_STORE)
    t.strictSame(body, { error: 'invalid_request', error_description: `The parameter ${missing} is missing` })
  }
})

t.test(
  'an unknown user, a wrong password, a locked and a disabled account have the same answer (SEC-16)',
  async (t) => {
    const passwordHash = await hashPassword('secret')
    const users = new Map([
      ['ada', { subject: 'u1', passwordHash, scopes: [] }],
      ['disabled', { subject: 'u2', passwordHash, scopes: [], disabled: true }],
      ['locked', { subject: 'u3', passwordHash, scopes: [] }],
      ['passwordless', { subject: 'u4', passwordHash: null, scopes: [] }],
      ['corrupt', { subject: 'u5', passwordHash: '$argon2id$v=19$', scopes: [] }]
    ])
    const verifyHash = argon2Passwords({ findUser: (username) => users.get(username) })
    const verifyPassword: VerifyPassword = async (credentials, request) =>
      credentials.username === 'locked' ? null : verifyHash(credentials, request)
    const { post } = await server({ verifyPassword })

    const first = await post({ username: 'nobody', password: 'secret' })
    t.equal(first.status, 400)
    like(t, first.headers, NO_STORE)
    t.strictSame(first.body, REFUSED)
    for (const [username, password] of [
      ['ada', 'wrong'],
      ['ada', 'secret '],
      ['ada', 'a'.repeat(1025)],
      ['disabled', 'secret'],
      ['disabled', 'wrong'],
      ['locked', 'secret'],
      ['passwordless', 'secret'],
      ['corrupt', 'secret'],
      ['ada\0', 'secret'],
      ['a'.repeat(257), 'secret'],
      ['__proto__', 'secret'],
      ['constructor', 'secret']
    ] as const) {
      t.strictSame(await post({ username, password }), first, JSON.stringify(username))
    }
    t.equal((await post({ username: 'ada', password: 'secret' })).status, 200)
  }
)

t.test('passes the password to verifyPassword unchanged (SEC-18)', async (t) => {
  const seen: string[] = []
  const { post } = await server({
    verifyPassword: async ({ password }) => {
      seen.push(password)
      return ada
    }
  })
  const passwords = [
    'a'.repeat(64),
    'a'.repeat(73),
    'a'.repeat(1024),
    'é'.repeat(512),
    'before\0after',
    ' around ',
    'trailing\r\n',
    'ﬁ＠A\u030A\u200B',
    '+%2B&=;',
    '\uFEFF'
  ]
  for (const password of passwords) t.equal((await post({ username: 'ada', password })).status, 200)
  t.strictSame(seen, passwords)
})

for (const [name, password] of [
  ['1025 bytes', 'a'.repeat(1025)],
  ['1026 bytes in 513 characters', 'é'.repeat(513)]
] as const) {
  t.test(`rejects a password of ${name} before it is hashed (SEC-18)`, async (t) => {
    const { post } = await server({ verifyPassword: async () => t.fail('called verifyPassword') as never })
    const { status, headers, body } = await post({ username: 'ada', password })
    t.equal(status, 400)
    like(t, headers, NO_STORE)
    t.strictSame(body, REFUSED)
  })
}

t.test('passes the normalized username to verifyPassword (SEC-19)', async (t) => {
  const seen: PasswordCredentials[] = []
  const { post } = await server({
    verifyPassword: async (credentials) => {
      seen.push(credentials)
      return ada
    }
  })
  const { status } = await post({ username: 'ada＠example.com', password: 'secret' })
  t.equal(status, 200)
  t.strictSame(seen, [{ username: 'ada@example.com', password: 'secret' }])
})

for (const [name, username] of [
  ['NUL', 'ada\0'],
  ['a line feed', 'ada\n'],
  ['a zero-width space', 'a\u200Bda'],
  ['257 characters', 'a'.repeat(257)]
] as const) {
  t.test(`rejects a username with ${name} before the lookup (SEC-19)`, async (t) => {
    const { post } = await server({ verifyPassword: async () => t.fail('called verifyPassword') as never })
    const { status, headers, body } = await post({ username, password: 'secret' })
    t.equal(status, 400)
    like(t, headers, NO_STORE)
    t.strictSame(body, REFUSED)
  })
}

const failures: [name: string, verifyPassword: VerifyPassword][] = [
  ['rejects', async () => Promise.reject(new Error('ada at 10.0.0.7 refused'))],
  [
    'throws',
    () => {
      throw new Error('ada at 10.0.0.7 refused')
    }
  ],
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an application may do that too
  ['rejects with a string', async () => Promise.reject('ada at 10.0.0.7 refused')],
  [
    'rejects with an error that has a status',
    async () => Promise.reject(Object.assign(new Error('ada'), { statusCode: 401 }))
  ],
  [
    'is argon2Passwords() and findUser rejects',
    argon2Passwords({ findUser: async () => Promise.reject(new Error('ada')) })
  ],
  ['returns an empty subject', async () => ({ subject: '', scopes: [] })],
  ['returns scopes as a string', async () => ({ subject: 'u1', scopes: 'items:read' })],
  ['returns no scopes', async () => ({ subject: 'u1' })]
]

for (const [name, verifyPassword] of failures) {
  t.test(`returns 500 and no token when verifyPassword ${name} (FAULT-28)`, async (t) => {
    const { post, logged } = await server({ verifyPassword })
    const { status, headers, body, text } = await post({ username: 'ada', password: 'hunter2' })
    t.equal(status, 500)
    like(t, headers, NO_STORE)
    t.strictSame(Object.keys(body), ['error', 'error_description'])
    t.equal(body.error, 'server_error')
    t.notMatch(text, /ada|10\.0\.0\.7|verifyPassword|hunter2/)
    t.ok(logged.some(({ level }) => level === 50))
    t.notMatch(JSON.stringify(logged), 'hunter2')
  })
}

t.test('returns the same 503 for every user while the lookup fails (FAULT-11, FAULT-28)', async (t) => {
  const verifyPassword = argon2Passwords({
    findUser: async (username) => {
      throw new UnavailableError(`no connection to look up ${username}`, { retryAfter: 7 })
    }
  })
  const { post } = await server({ verifyPassword })
  const first = await post({ username: 'ada', password: 'secret' })
  t.equal(first.status, 503)
  like(t, first.headers, { ...NO_STORE, 'retry-after': '7' })
  t.equal(first.body.error, 'temporarily_unavailable')
  t.notMatch(first.text, /ada|connection/)
  t.strictSame(await post({ username: 'grace', password: 'secret' }), first)
})

t.test('returns the TokenError of verifyPassword to the client', async (t) => {
  const verifyPassword = async () => Promise.reject(new TokenError('invalid_grant', 'Sign in on the web first'))
  const { post } = await server({ verifyPassword })
  const { status, headers, body } = await post({ username: 'ada', password: 'secret' })
  t.equal(status, 400)
  like(t, headers, NO_STORE)
  t.strictSame(body, { error: 'invalid_grant', error_description: 'Sign in on the web first' })
})

t.test('logs the fix when verifyPassword returns no scopes (FAULT-28)', async (t) => {
  const { post, logged } = await server({ verifyPassword: async () => ({ subject: 'u1' }) })
  t.equal((await post({ username: 'ada', password: 'secret' })).status, 500)
  t.match(
    JSON.stringify(logged),
    /verifyPassword: scopes is missing\. Fix: return all scopes of the user, or an empty list/
  )
})

t.test('ignores the claims of the user', async (t) => {
  const { post } = await server({ verifyPassword: async () => ({ ...ada, claims: { role: 'canary' } }) })
  const { status, body } = await post({ username: 'ada', password: 'secret' })
  t.equal(status, 200)
  const [, payload = ''] = String(body.access_token).split('.')
  t.notMatch(Buffer.from(payload, 'base64url').toString(), /canary/)
})

t.test('cannot be registered twice (FAULT-34)', async (t) => {
  const { app } = await server({ verifyPassword: knowsAda })
  await rejectsLike(t, async () => app.register(passwordGrant, { verifyPassword: knowsAda }), {
    constructor: RegistrationError,
    message: '@latchkey/token-endpoint: there is a grant of the type "password" already'
  })
})

t.test('cannot be registered without the token endpoint', async (t) => {
  const app = Fastify()
  await rejectsLike(t, async () => app.register(passwordGrant, { verifyPassword: knowsAda }), {
    message: /@latchkey\/token-endpoint/
  })
})
