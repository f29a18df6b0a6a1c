import { EventEmitter, once } from 'node:events'
import { mock } from 'node:test'
import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import { PASSWORD, server } from './fixtures/server.ts'

/** A store whose clock stands still. */
const atTime = (time: number) => ({ ...memoryStore(), clock: { now: () => time, async read() {} } })

const right = { username: 'alice', password: PASSWORD }

t.test('JSON logs a user in, and the answer names the subject and the safe returnTo', async (t) => {
  const { sessions, json } = await server(t)
  const answer = await json({ ...right, returnTo: '/items' })
  t.equal(answer.statusCode, 200)
  like(t, answer.headers, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
  t.match(answer.headers['set-cookie'], /^session=\w+; Path=\/$/)
  t.same(answer.json(), { subject: 'id-of-alice', returnTo: '/items' })
  t.equal(sessions.size, 1)
  t.same((await json({ ...right, returnTo: '//evil.example' })).json(), { subject: 'id-of-alice', returnTo: '/' })
})

t.test('onLogin chooses the scopes and the claims of the session', async (t) => {
  const users: unknown[] = []
  const decisions = [
    { scopes: new Set(['items:write']), claims: { name: 'Alice' } },
    { claims: { name: 'Alice' } },
    { scopes: undefined }
  ]
  for (const decision of decisions) {
    const { sessions, json } = await server(t, {
      now: () => 1_700_000_000_500,
      store: atTime(1_700_000_000_500),
      onLogin: async (user, { ip }) => {
        users.push({ ...user, ip })
        return decision
      }
    })
    t.equal((await json(right)).statusCode, 200)
    const { scopes, claims } = decision as { scopes?: Set<string>; claims?: object }
    t.same(
      [...sessions.values()],
      [
        {
          subject: 'id-of-alice',
          authenticatedAt: 1_700_000_000,
          scopes: scopes && [...scopes],
          claims,
          lifetime: { remembered: false }
        }
      ]
    )
  }
  const user = { subject: 'id-of-alice', scopes: ['items:read'], authenticatedAt: 1_700_000_000, ip: '127.0.0.1' }
  t.same(users, [user, user, user])
})

t.test('scopes that are a text are an error, and not letters', async (t) => {
  const scopes = 'items:read'
  const logged: string[] = []
  const logger = { level: 'error', stream: { write: (line: string) => void logged.push(line) } }
  for (const options of [
    { onLogin: () => ({ scopes }) },
    { verifyPassword: async () => ({ subject: 'u1', scopes }) }
  ]) {
    const { sessions, json } = await server(t, options, { fastify: { logger } })
    const answer = await json(right)
    t.same([answer.statusCode, answer.json().error, answer.headers['set-cookie']], [500, 'server_error', undefined])
    t.equal(sessions.size, 0)
  }
  t.equal(logged.length, 2)
  for (const line of logged) contains(t, line, 'Scopes must be a list or a Set of scope tokens, not a string')
})

for (const [answer, kind] of [
  [undefined, 'undefined'],
  [null, 'null'],
  [false, 'a boolean'],
  [true, 'a boolean'],
  ['items:read', 'a string'],
  [7, 'a number'],
  [['items:read'], 'a list']
] as const) {
  t.test(
    `an onLogin that returns ${JSON.stringify(answer)} signs nobody in: 500, and the log contains the fix`,
    async (t) => {
      const logged: string[] = []
      const logger = { level: 'error', stream: { write: (line: string) => void logged.push(line) } }
      const { sessions, json } = await server(t, { onLogin: () => answer as never }, { fastify: { logger } })
      const { statusCode, headers } = await json(right)
      t.same([statusCode, headers['set-cookie'], sessions.size, logged.length], [500, undefined, 0, 1])
      contains(
        t,
        String(logged[0]),
        `onLogin must return an object with scopes and claims, or with some of them; got ${kind}`
      )
    }
  )
}

t.test('onLogin is limited to ten seconds', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const calls = new EventEmitter()
  const { sessions, json } = await server(t, {
    onLogin() {
      calls.emit('onLogin')
      return new Promise(() => undefined)
    }
  })
  const asked = once(calls, 'onLogin')
  const answer = json(right)
  await asked
  mock.timers.tick(10_000)
  t.same([(await answer).statusCode, sessions.size], [500, 0])
})

t.test('a failure of onLogin is 500, and no session begins', async (t) => {
  const { sessions, json } = await server(t, {
    onLogin: () => {
      throw new Error('secret reason')
    }
  })
  const answer = await json(right)
  t.equal(answer.statusCode, 500)
  t.same(answer.json(), { error: 'server_error', error_description: 'Something went wrong here. Try again later.' })
  t.equal(answer.headers['set-cookie'], undefined)
  t.equal(sessions.size, 0)
})

t.test('a wrong password is 401 without a challenge, also for a program that accepts HTML', async (t) => {
  const { sessions, json } = await server(t)
  const answer = await json({ ...right, password: 'wrong' }, { headers: { accept: 'text/html' } })
  t.equal(answer.statusCode, 401)
  t.equal(answer.headers['www-authenticate'], undefined)
  t.equal(answer.headers['set-cookie'], undefined)
  t.same(answer.json(), { error: 'invalid_credentials', error_description: 'The name or the password is wrong.' })
  t.equal(sessions.size, 0)
})

const malformed: [title: string, body: unknown, description: string][] = [
  ['no username', { password: PASSWORD }, 'The username is missing.'],
  ['an empty username', { username: '', password: PASSWORD }, 'The username is missing.'],
  ['no password', { username: 'alice' }, 'The password is missing.'],
  ['a username that is a number', { username: 7, password: PASSWORD }, 'This request cannot be answered.'],
  ['a password that is a list', { username: 'alice', password: [PASSWORD] }, 'This request cannot be answered.'],
  ['a returnTo that is an object', { ...right, returnTo: {} }, 'This request cannot be answered.'],
  ['a remember that is a text', { ...right, remember: 'on' }, 'This request cannot be answered.'],
  ['a list', [right], 'This request cannot be answered.'],
  ['null', null, 'This request cannot be answered.']
]

for (const [title, body, error_description] of malformed) {
  t.test(`answers 400 invalid_request to JSON with ${title}`, async (t) => {
    const { sessions, json } = await server(t)
    const answer = await json(body)
    t.equal(answer.statusCode, 400)
    t.same(answer.json(), { error: 'invalid_request', error_description })
    t.equal(sessions.size, 0)
  })
}

const unreadable: [title: string, payload: string, type: string, status: number][] = [
  ['broken JSON', `{"username":"alice","password":"${PASSWORD}"`, 'application/json', 400],
  ['JSON with __proto__', '{"__proto__":{"username":"alice"}}', 'application/json', 400],
  ['an empty body', '', 'application/json', 400],
  ['plain text', JSON.stringify(right), 'text/plain', 415],
  ['JSON of another type', JSON.stringify(right), 'application/jsonp', 415],
  ['a multipart form', '--x--', 'multipart/form-data; boundary=x', 415],
  ['a body that is too large', JSON.stringify({ ...right, more: 'x'.repeat(20_000) }), 'application/json', 413]
]

for (const [title, payload, type, status] of unreadable) {
  t.test(`answers ${status} invalid_request to ${title}, and echoes nothing of it`, async (t) => {
    const { sessions, json } = await server(t)
    const answer = await json(null, { payload, headers: { 'content-type': type } })
    t.equal(answer.statusCode, status)
    t.same(answer.json(), { error: 'invalid_request', error_description: 'This request cannot be answered.' })
    t.equal(sessions.size, 0)
  })
}

t.test('the serializers, schemas and parsers of the application do not change the route', async (t) => {
  const { json } = await server(
    t,
    {},
    {
      before: async (app) => {
        app.setSerializerCompiler(() => () => '"changed"')
        app.setValidatorCompiler(() => () => ({ error: new Error('refused') }))
        app.addContentTypeParser('text/plain', { parseAs: 'string' }, (_request, body, done) => done(null, body))
      }
    }
  )
  t.same((await json(right)).json(), { subject: 'id-of-alice', returnTo: '/' })
  t.equal((await json(right, { headers: { 'content-type': 'text/plain' } })).statusCode, 415)
})

t.test('a request without a body is answered 400', async (t) => {
  const { app } = await server(t)
  const answer = await app.inject({ method: 'POST', url: '/login/password' })
  t.equal(answer.statusCode, 400)
  t.equal(answer.json().error, 'invalid_request')
})
