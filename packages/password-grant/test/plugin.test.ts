import { InvalidOptionError, UnavailableError } from '@latchkey/guard'
import passwordGrant, {
  argon2Passwords,
  hashPassword,
  type PasswordCredentials,
  type VerifiedUser,
  type VerifyPassword
} from '@latchkey/password-grant'
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

t.test('gives tokens for the right password, with what was asked for and may be had', async (t) => {
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

t.test('dates the sign-in by the clock of the machine unless told otherwise', async (t) => {
  const { post } = await server({ verifyPassword: knowsAda })
  const earliest = Math.floor(Date.now() / 1000)
  const { body } = await post({ username: 'ada', password: 'secret' })
  const [, payload = ''] = String(body.access_token).split('.')
  const { auth_time } = JSON.parse(Buffer.from(payload, 'base64url').toString())
  t.ok(auth_time >= earliest && auth_time <= Date.now() / 1000)
})

t.test('does not exist where this package is not registered (SEC-15)', async (t) => {
  const { post } = await server()
  const { status, headers, body } = await post({ username: 'ada', password: 'secret' })
  t.equal(status, 400)
  like(t, headers, NO_STORE)
  t.equal(body.error, 'unsupported_grant_type')
})

t.test('is refused to a client that may not use it, before anybody looks at the password (SEC-15)', async (t) => {
  const verifyPassword = async () => t.fail('looked at the password')
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
})

t.test('says once at boot that it is for first-party clients only, and cites RFC 9700 (SEC-15)', async (t) => {
  const { app, logged } = await server({ verifyPassword: knowsAda })
  await app.ready()
  const lines = logged.filter(({ msg }) => String(msg).includes('RFC 9700 §2.4'))
  like(t, lines, [{ level: 40, msg: /grant_type=password .* first-party clients only/ }])
  t.equal(lines.length, 1)
})

t.test('answers a request without a username or a password with invalid_request', async (t) => {
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

t.test('answers unknown, wrong, locked, disabled and impossible with the same bytes (SEC-16)', async (t) => {
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
})

t.test('hands over a password exactly as it was received (SEC-18)', async (t) => {
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
  t.test(`refuses a password of ${name} before it is hashed (SEC-18)`, async (t) => {
    const { post } = await server({ verifyPassword: async () => t.fail('was asked to verify it') as never })
    const { status, headers, body } = await post({ username: 'ada', password })
    t.equal(status, 400)
    like(t, headers, NO_STORE)
    t.strictSame(body, REFUSED)
  })
}

t.test('looks a username up in its normal form (SEC-19)', async (t) => {
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
  t.test(`never looks up a username with ${name} (SEC-19)`, async (t) => {
    const { post } = await server({ verifyPassword: async () => t.fail('was asked to verify it') as never })
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
  ['throws what is no error', async () => Promise.reject('ada at 10.0.0.7 refused')],
  ['throws an error with a status', async () => Promise.reject(Object.assign(new Error('ada'), { statusCode: 401 }))],
  [
    'is argon2Passwords() and findUser rejects',
    argon2Passwords({ findUser: async () => Promise.reject(new Error('ada')) })
  ],
  ['answers a subject that is none', async () => ({ subject: '', scopes: [] })],
  ['answers scopes as one text', async () => ({ subject: 'u1', scopes: 'items:read' })]
]

for (const [name, verifyPassword] of failures) {
  t.test(`answers 500 and gives no token when verifyPassword ${name} (FAULT-28)`, async (t) => {
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

t.test('answers 503 for every user alike while users cannot be looked up (FAULT-11, FAULT-28)', async (t) => {
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

t.test('passes on the answer that verifyPassword wants the client to have', async (t) => {
  const verifyPassword = async () => Promise.reject(new TokenError('invalid_grant', 'Sign in on the web first'))
  const { post } = await server({ verifyPassword })
  const { status, headers, body } = await post({ username: 'ada', password: 'secret' })
  t.equal(status, 400)
  like(t, headers, NO_STORE)
  t.strictSame(body, { error: 'invalid_grant', error_description: 'Sign in on the web first' })
})

const wrong: [name: string, options: object, option: string][] = [
  ['without verifyPassword', {}, 'verifyPassword'],
  ['with a verifyPassword that is no function', { verifyPassword: 'secret' }, 'verifyPassword'],
  ['with a now that is no function', { verifyPassword: knowsAda, now: 0 }, 'now'],
  ['with a throttle that is turned off', { verifyPassword: knowsAda, throttle: false }, 'throttle'],
  ['with a throttle that is null', { verifyPassword: knowsAda, throttle: null }, 'throttle'],
  ['with a timeout of nothing', { verifyPassword: knowsAda, timeout: 0 }, 'timeout'],
  ['with an unknown option', { verifyPassword: knowsAda, pepper: 'x' }, 'pepper']
]

for (const [name, options, option] of wrong) {
  t.test(`cannot be registered ${name}`, async (t) => {
    const { app } = await server()
    // A caller in plain JavaScript.
    const refusal = async () => app.register(passwordGrant, options as Parameters<typeof passwordGrant>[1])
    await rejectsLike(t, refusal, {
      constructor: InvalidOptionError,
      message: new RegExp(`^@latchkey/password-grant: option "${option}" `)
    })
  })
}

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
