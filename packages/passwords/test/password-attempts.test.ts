import { RegistrationError, TooManyRequestsError, UnavailableError } from '@latchkey/guard'
import {
  argon2Passwords,
  hashPassword,
  passwordAttempts,
  type PasswordContext,
  type PasswordLoginEvent,
  type VerifyPassword
} from '@latchkey/passwords'
import { memoryStore } from '@latchkey/store/memory'
import t from 'tap'
import { throwsLike } from '@latchkey/exact'
import { heard } from '@latchkey/exact/heard'
import { server } from './fixtures/server.ts'

const ada = { username: 'ada', password: 'secret' }
const knowsAda: VerifyPassword = async ({ username, password }) =>
  username === 'ada' && password === 'secret' ? { subject: 'u1', scopes: ['items:read'] } : null
const failed = { by: 'password', kind: 'failed', clientId: null, subject: null }

class TeapotError extends Error {
  readonly statusCode = 418
}

t.test('returns the user with the time of the login, and publishes it (SEC-149)', async (t) => {
  const events = heard<PasswordLoginEvent>(t, 'latchkey:login')
  const { post } = server({ verifyPassword: knowsAda, now: () => 1_700_000_000_999 })
  const { status, body } = await post(ada)
  t.equal(status, 200)
  t.strictSame(body, { subject: 'u1', scopes: ['items:read'], authenticatedAt: 1_700_000_000 })
  t.strictSame(events, [{ by: 'password', kind: 'login', clientId: null, subject: 'u1' }])
})

for (const [answer, kind] of [
  [true, 'a boolean'],
  ['u1', 'a string'],
  [['u1'], 'a list'],
  [{ id: 'u1' }, 'an object'],
  [{ subject: 7 }, 'an object'],
  [{ subject: '' }, 'an object']
] as const) {
  t.test(`signs nobody in when verifyPassword returns ${JSON.stringify(answer)}`, async (t) => {
    const events = heard<PasswordLoginEvent>(t, 'latchkey:login')
    const causes: unknown[] = []
    const { app, post } = server({ verifyPassword: async () => answer as never })
    app.addHook('onError', async (_request, _reply, { cause }) => void causes.push(cause))
    t.equal((await post(ada)).status, 500)
    t.strictSame(events, [{ ...failed, code: 'error' }])
    const message = `verifyPassword must return an object with a subject, a non-empty string, or null; got ${kind}`
    t.strictSame(
      causes.map((cause) => (cause as Error).message),
      [message]
    )
  })
}

t.test('returns the claims of the user, and no scopes if none are known', async (t) => {
  const claims = { role: 'editor' }
  const { post } = server({ verifyPassword: async () => ({ subject: 'u1', claims }), now: () => 1_700_000_000_000 })
  const { body } = await post(ada)
  t.strictSame(body, { subject: 'u1', claims, authenticatedAt: 1_700_000_000 })
})

t.test('verifies the normalized name, and needs a Fastify request only (SEC-19)', async (t) => {
  const asked: unknown[] = []
  const verifyPassword: VerifyPassword = async (credentials, { request, signal, clientId }: PasswordContext) => {
    asked.push(credentials, request.ip, signal?.aborted, clientId)
    return null
  }
  const { post } = server({ verifyPassword })
  t.equal((await post({ username: 'ad\uFF41', password: ' x ' })).status, 401)
  t.strictSame(asked, [{ username: 'ada', password: ' x ' }, '127.0.0.1', false, undefined])
})

for (const [name, credentials] of [
  ['name', { username: 'ada\0', password: 'secret' }],
  ['password', { username: 'ada', password: 'x'.repeat(1025) }]
] as const) {
  t.test(`verifies no ${name} that no user can have (SEC-18, SEC-19)`, async (t) => {
    const events = heard<PasswordLoginEvent>(t, 'latchkey:login')
    const { post } = server({ verifyPassword: async () => t.fail('was called') as never })
    t.equal((await post(credentials)).status, 401)
    t.strictSame(events, [{ ...failed, code: 'malformed' }])
  })
}

t.test('the event has the reason of a refusal, the answer has not (SEC-16, SEC-149)', async (t) => {
  const events = heard<PasswordLoginEvent>(t, 'latchkey:login')
  const passwordHash = await hashPassword('secret')
  const verifyPassword = argon2Passwords({
    findUser: (username) => (username === 'ada' ? { subject: 'u1', passwordHash, scopes: [] } : null)
  })
  const { post } = server({ verifyPassword })
  const [wrong, unknown] = [await post({ ...ada, password: 'guess' }), await post({ ...ada, username: 'eve' })]
  t.strictSame([wrong.status, wrong.body], [unknown.status, unknown.body])
  t.strictSame(events, [
    { ...failed, code: 'wrong_password', subject: 'u1' },
    { ...failed, code: 'unknown_user' }
  ])
})

t.test('an event never has the reason of another attempt of the same request', async (t) => {
  const events = heard<PasswordLoginEvent>(t, 'latchkey:login')
  const passwordHash = await hashPassword('secret')
  const knows = (name: string) =>
    argon2Passwords({ findUser: (username) => (username === name ? { subject: `id-of-${name}`, passwordHash } : null) })
  const [users, guests] = [knows('ada'), knows('eve')]
  const verifyPassword: VerifyPassword = async (credentials, context) =>
    (await users(credentials, context)) ?? (await guests(credentials, context))
  const { app } = server({ verifyPassword: knowsAda })
  const { attempt } = passwordAttempts({
    verifyPassword,
    throttle: { attempt: async (_guess, verify) => (await verify()) ?? null }
  })
  const malformed = { ...ada, username: '\0' }
  app.get('/', async (request) => {
    for (const credentials of [{ ...ada, password: 'guess' }, malformed, { ...ada, username: 'eve' }, malformed]) {
      await attempt(credentials, { request })
    }
  })
  t.equal((await app.inject('/')).statusCode, 200)
  t.strictSame(events, [
    { ...failed, code: 'unknown_user' },
    { ...failed, code: 'malformed' },
    { by: 'password', kind: 'login', clientId: null, subject: 'id-of-eve' },
    { ...failed, code: 'malformed' }
  ])
})

t.test('throttles by account and address in all processes, without a token endpoint (SEC-27, SEC-28)', async (t) => {
  const events = heard<PasswordLoginEvent>(t, 'latchkey:login')
  const store = memoryStore()
  const processes = [1, 2].map(() => server({ verifyPassword: knowsAda, store, throttle: { failures: 2 } }))
  for (const { post } of processes) t.equal((await post({ username: 'ADA', password: 'guess' })).status, 401)
  for (const { post } of processes) {
    const { status, headers } = await post(ada)
    t.equal(status, 429)
    t.ok(Number(headers['retry-after']) > 0)
    t.equal((await post(ada, '192.0.2.1')).status, 200, 'another address')
  }
  t.strictSame(
    events.map((event) => (event.kind === 'failed' ? event.code : event.kind)),
    ['refused', 'refused', 'throttled', 'login', 'throttled', 'login']
  )
})

for (const [name, error, status, code] of [
  ['an UnavailableError', new UnavailableError('down'), 503, 'unavailable'],
  ['a TooManyRequestsError', new TooManyRequestsError('no'), 500, 'error'],
  ['an error with a status', new TeapotError('tea'), 500, 'error'],
  ['an error', new Error('lost'), 500, 'error']
] as const) {
  t.test(`answers ${status} when verifyPassword throws ${name} (FAULT-11)`, async (t) => {
    const events = heard<PasswordLoginEvent>(t, 'latchkey:login')
    const verifyPassword = async () => Promise.reject(error)
    const { post } = server({ verifyPassword })
    const answer = await post(ada)
    t.equal(answer.status, status)
    if (status === 500) t.strictSame(answer.body, { message: 'verifyPassword failed' })
    t.strictSame(events, [{ ...failed, code }])
  })
}

t.test('throws an error of verifyPassword unchanged if isAnswer accepts it', async (t) => {
  const events = heard<PasswordLoginEvent>(t, 'latchkey:login')
  const isAnswer = (error: unknown) => error instanceof TeapotError
  const { post } = server({ verifyPassword: async () => Promise.reject(new TeapotError('tea')), isAnswer })
  t.equal((await post(ada)).status, 418)
  t.strictSame(events, [{ ...failed, code: 'refused' }])
})

t.test('counts and publishes by client, if there is one', async (t) => {
  const events = heard<PasswordLoginEvent>(t, 'latchkey:login')
  const guesses: unknown[] = []
  const { attempt } = passwordAttempts({
    verifyPassword: async (_credentials, { clientId }) => ({ subject: `by ${clientId}`, scopes: [] }),
    throttle: {
      attempt: async ({ clientId }, verify) => {
        guesses.push(clientId)
        return (await verify()) ?? null
      }
    }
  })
  const { app } = server({ verifyPassword: knowsAda })
  app.get('/', async (request) => attempt(ada, { request, clientId: 'our-app' }))
  const answer = await app.inject('/')
  t.equal(answer.json().subject, 'by our-app')
  t.strictSame(guesses, ['our-app'])
  t.strictSame(events, [{ by: 'password', kind: 'login', clientId: 'our-app', subject: 'by our-app' }])
})

t.test('cannot be made without a throttle', async (t) => {
  throwsLike(
    t,
    () => passwordAttempts({ verifyPassword: knowsAda } as never),
    new RegistrationError('passwordAttempts()', 'throttle must be a throttle of @latchkey/throttle; got undefined')
  )
})
