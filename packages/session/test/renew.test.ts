import type { FastifyInstance, FastifyReply } from 'fastify'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { heard } from '@latchkey/exact/heard'
import { correlationId, everyone } from '@latchkey/guard'
import type { SessionChanges, SessionEvent } from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import { cookieOf, linesOf, newKey, serverWith, type Setup, signIn, start, statusOf } from './fixtures/server.ts'

const UPSTREAM = { issuer: 'https://id.example', sid: 's1' }
const guardOptions = { roles: { reader: ['items:read'] } }

type Renewing = Awaited<ReturnType<typeof serverWith>>

/** A server whose `POST /renew` renews the session with the body, after a step. */
async function renewing(
  t: Test,
  step: (app: FastifyInstance, reply: FastifyReply) => unknown = () => undefined,
  setup: Setup = {}
): Promise<Renewing> {
  return serverWith(t, {
    guardOptions,
    ...setup,
    after: async (app) => {
      app.post<{ Body: SessionChanges | undefined }>(
        '/renew',
        { config: { access: everyone } },
        async (request, reply) => {
          await step(app, reply)
          return { renewed: await app.sessions.renew(reply, request.body ?? undefined) }
        }
      )
    }
  })
}

const renew = async (app: FastifyInstance, cookie: string, payload?: object) =>
  app.inject({
    method: 'POST',
    url: '/renew',
    headers: { cookie, 'sec-fetch-site': 'same-origin' },
    ...(payload && { payload })
  })

/** The principal and the session of a cookie. */
async function seen(app: FastifyInstance, cookie: string): Promise<{ current: { id: string; expiresAt: number } }> {
  return (await app.inject({ url: '/me', headers: { cookie } })).json()
}

const everything = {
  subject: 'alice',
  scopes: ['items:read', 'admin'],
  roles: ['reader'],
  claims: { name: 'Alice' },
  upstream: UPSTREAM,
  authenticatedAt: start - 5,
  label: 'Her phone',
  lifetime: { idle: 600, absolute: 3600, remembered: false }
}

for (const [name, step] of [
  ['that is live', () => undefined],
  ['that has ended with all sessions of its subject', async (app) => app.sessions.revokeAll('alice')]
] as const satisfies [string, (app: FastifyInstance) => unknown][]) {
  t.test(`a renewal gives a session ${name} a new identifier, and keeps all else (SEC-126)`, async (t) => {
    const app = await renewing(t, step)
    const cookie = await signIn(app, everything)
    app.clock.time += 100
    const before = await seen(app, cookie)
    const renewed = await renew(app, cookie)
    t.same([renewed.statusCode, renewed.json()], [200, { renewed: true }])
    t.match(linesOf(renewed)[0], /^__Host-session=[\w.-]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    const after = await seen(app, cookieOf(renewed))
    const { id } = after.current
    t.not(id, before.current.id)
    t.match(id, /^[\w-]{43}\.600$/)
    t.same(after, { ...before, current: { ...before.current, id, lastSeenAt: start + 100 } })
    t.equal(await statusOf(app, cookie), 401, 'the old identifier has ended')
    t.equal((await app.sessions.list('alice')).length, 1)
  })
}

t.test('a renewal sets the time of the login, and refuses one that is no time', async (t) => {
  const app = await renewing(t)
  const cookie = await signIn(app, { subject: 'alice', authenticatedAt: null })
  const refused = await renew(app, cookie, { authenticatedAt: '2030-01-01' })
  t.equal(refused.statusCode, 500)
  t.equal(
    refused.json().message,
    'app.sessions.renew(): authenticatedAt must be a whole number of seconds, or null; got a string'
  )
  t.same(linesOf(refused), [])
  const renewed = await renew(app, cookie, { authenticatedAt: start + 7 })
  like(t, (await seen(app, cookieOf(renewed))).current, { authenticatedAt: start + 7, createdAt: start })
})

t.test('a renewal never makes a session last longer (SEC-127)', async (t) => {
  const store = memoryStore({ now: () => start * 1000 })
  const day = 86_400
  const short = await renewing(t, undefined, { options: { store, absoluteTimeout: day } })
  const long = await renewing(t, undefined, { options: { store, absoluteTimeout: 10 * day } })
  const cookie = await signIn(short)
  long.clock.time += day - 10
  let renewed = cookie
  for (let time = 0; time < 3; time++) renewed = cookieOf(await renew(long, renewed))
  t.equal((await seen(long, renewed)).current.expiresAt, start + day)
  long.clock.time += 10
  t.equal(await statusOf(long, renewed), 401)
})

t.test('without a session, a renewal returns false and changes nothing', async (t) => {
  const app = await renewing(t)
  const ended = await signIn(app)
  await app.sessions.revokeAll('alice')
  for (const cookie of ['', '__Host-session=rubbish', ended]) {
    const answer = await renew(app, cookie)
    t.same([answer.statusCode, answer.json(), linesOf(answer)], [200, { renewed: false }, []])
  }
  t.same(await app.sessions.list('alice'), [])
})

t.test('of two renewals and a sign-in in one request, the last session stays', async (t) => {
  const twice = await renewing(t, async (app, reply) => app.sessions.renew(reply))
  const renewed = await renew(twice, await signIn(twice))
  t.equal(await statusOf(twice, cookieOf(renewed)), 200)
  t.equal((await twice.sessions.list('alice')).length, 1)
  const after = await renewing(t, async (_app, reply) => reply.signIn({ subject: 'bob' }))
  t.equal((await renew(after, await signIn(after))).statusCode, 200)
  t.same(await after.sessions.list('bob'), [])
})

t.test('the cookie of a renewal is not replaced by the old session, sealed with the newest secret', async (t) => {
  const [old, young] = [newKey(), newKey()]
  const store = memoryStore({ now: () => 0 })
  const before = await serverWith(t, { options: { store, secrets: [old] } })
  const during = await renewing(t, undefined, { options: { store, secrets: [young, old] } })
  const renewed = cookieOf(await renew(during, await signIn(before)))
  t.equal(await statusOf(during, renewed), 200)
  t.equal((await during.sessions.list('alice')).length, 1)
})

t.test('if the store fails, a renewal rejects and the browser keeps its session', async (t) => {
  const { sessions, ...store } = memoryStore({ now: () => start * 1000 })
  let isDown = false
  const create: typeof sessions.create = async (session) => {
    if (isDown) throw new Error('down')
    return sessions.create(session)
  }
  const app = await renewing(t, undefined, { options: { store: { ...store, sessions: { ...sessions, create } } } })
  const cookie = await signIn(app)
  isDown = true
  const answer = await renew(app, cookie)
  t.same([answer.statusCode, linesOf(answer)], [500, []])
  t.equal(await statusOf(app, cookie), 200)
})

t.test('a renewal ends the old session in the events, and starts the new one', async (t) => {
  const app = await renewing(t)
  const cookie = await signIn(app)
  const before = (await seen(app, cookie)).current.id
  const events = heard<SessionEvent>(t, 'latchkey:session')
  const after = (await seen(app, cookieOf(await renew(app, cookie)))).current.id
  t.same(
    events.map((event) => ({ ...event })),
    [
      { kind: 'ended', subject: 'alice', session: correlationId(before), reason: 'replaced' },
      { kind: 'started', subject: 'alice', session: correlationId(after) }
    ]
  )
})
