import t from 'tap'
import { like, throwsLike } from '@latchkey/exact'
import { jweCodec, type SessionLifetime, secureSessionCodec } from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import { cookieOf, linesOf, newKey, serverWith, signIn, start, statusOf, watched } from './fixtures/server.ts'

const DAY = 86_400

const withLifetime = (lifetime: SessionLifetime) => ({ subject: 'alice', lifetime })

t.test('a session with a shorter idle timeout ends after it, also in the list of sessions (SEC-127)', async (t) => {
  const store = watched()
  const app = await serverWith(t, { options: { store } })
  const restarted = await serverWith(t, { options: { store } })
  const [short, usual] = [await signIn(app, withLifetime({ idle: 600 })), await signIn(app)]
  for (const server of [app, restarted]) server.clock.time = start + 599
  t.equal(await statusOf(restarted, short), 200)
  for (const server of [app, restarted]) server.clock.time = start + 599 + 600
  t.equal(await statusOf(restarted, short), 401)
  t.equal(await statusOf(app, short), 401)
  t.equal(await statusOf(app, usual), 200)
  const { id: own } = (await app.inject({ url: '/me', headers: { cookie: usual } })).json().current
  like(t, await restarted.sessions.list('alice'), [{ id: own }])
})

t.test('records the uses of a session with a short idle timeout more often', async (t) => {
  const store = watched()
  const app = await serverWith(t, { options: { store } })
  const cookie = await signIn(app, withLifetime({ idle: 60 }))
  for (const time of [5, 6, 11, 12]) {
    app.clock.time = start + time
    t.equal(await statusOf(app, cookie), 200)
  }
  t.same(store.touches, [start + 6, start + 12])
})

t.test('a session with a shorter absolute timeout ends at it, however much it is used (SEC-127)', async (t) => {
  const app = await serverWith(t, { options: { store: watched() } })
  const response = await app.inject({
    method: 'POST',
    url: '/sign-in',
    headers: { 'sec-fetch-site': 'same-origin' },
    payload: withLifetime({ absolute: 1_200 })
  })
  t.match(linesOf(response)[0], /; Max-Age=1200; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  const cookie = cookieOf(response)
  like(t, await app.sessions.list('alice'), [{ expiresAt: start + 1_200 }])
  app.clock.time = start + 1_199
  t.equal(await statusOf(app, cookie), 200)
  app.clock.time = start + 1_200
  t.equal(await statusOf(app, cookie), 401)
  t.same(await app.sessions.list('alice'), [])
})

t.test('a lowered option of the plugin also shortens a session with a lifetime of its own', async (t) => {
  const store = watched()
  const before = await serverWith(t, { options: { store } })
  const cookie = await signIn(before, withLifetime({ idle: 3_600, absolute: 7_200 }))
  const after = await serverWith(t, { options: { store, idleTimeout: 600, absoluteTimeout: 600 } })
  after.clock.time = start + 599
  t.equal(await statusOf(after, cookie), 200)
  after.clock.time = start + 600
  t.equal(await statusOf(after, cookie), 401)
})

for (const [name, codec] of [
  ['secureSessionCodec()', secureSessionCodec],
  ['jweCodec()', jweCodec]
] as const) {
  t.test(
    `a session that is not remembered has a cookie without Max-Age, also after a rotation, with ${name}`,
    async (t) => {
      const [old, young] = [newKey(), newKey()]
      const store = memoryStore({ now: () => 0 })
      const before = await serverWith(t, { options: { store, secrets: [old], codec: codec() } })
      const during = await serverWith(t, { options: { store, secrets: [young, old], codec: codec() } })
      const lifetime = { idle: 600, absolute: 3_600, remembered: false }
      const cookie = await signIn(before, withLifetime(lifetime))
      during.clock.time = start + 10

      const answer = await during.inject({ url: '/me', headers: { cookie } })
      like(t, answer.json(), { current: { remembered: false, expiresAt: start + 3_600 } })
      const [line = ''] = linesOf(answer)
      t.match(line, /^__Host-session=[\w.-]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
      const renewed = cookieOf(answer)
      t.not(renewed, cookie)
      during.clock.time = start + 599
      t.equal(await statusOf(during, renewed), 200, 'it is the same session, with the same idle timeout')
      during.clock.time = start + 599 + 600
      t.equal(await statusOf(during, renewed), 401)
    }
  )

  t.test(
    `the rest of the session's own lifetime is the Max-Age of a cookie that is sealed again, with ${name}`,
    async (t) => {
      const [old, young] = [newKey(), newKey()]
      const store = memoryStore({ now: () => 0 })
      const before = await serverWith(t, { options: { store, secrets: [old], codec: codec() } })
      const during = await serverWith(t, { options: { store, secrets: [young, old], codec: codec() } })
      const cookie = await signIn(before, withLifetime({ absolute: 3_600 }))
      during.clock.time = start + 10
      const answer = await during.inject({ url: '/me', headers: { cookie } })
      like(t, answer.json(), { current: { remembered: true } })
      t.match(linesOf(answer)[0], /; Max-Age=3590; Path=/)
    }
  )
}

t.test(
  'a session of its own lifetime can be ended by its identifier, and an invalid identifier ends none',
  async (t) => {
    const app = await serverWith(t, { options: { store: watched() } })
    const cookie = await signIn(app, withLifetime({ idle: 600 }))
    const [{ id } = { id: '' }] = await app.sessions.list('alice')
    t.equal(await app.sessions.end('alice', `${id}0000000`), false)
    t.equal(await app.sessions.end('mallory', id), false)
    t.equal(await statusOf(app, cookie), 200)
    t.equal(await app.sessions.end('alice', id), true)
    t.equal(await statusOf(app, cookie), 401)
  }
)

t.test('the greatest lifetime of a sign-in is that of the options', async (t) => {
  const app = await serverWith(t, { options: { idleTimeout: 600, absoluteTimeout: 1_200 } })
  t.same(app.sessions.timeouts, { idle: 600, absolute: 1_200 })
  const usual = await serverWith(t)
  t.same(usual.sessions.timeouts, { idle: DAY, absolute: 14 * DAY })
  const cookie = await signIn(app, withLifetime({ idle: 600, absolute: 1_200 }))
  t.equal(await statusOf(app, cookie), 200)
})

const wrong: [lifetime: unknown, message: RegExp][] = [
  [{ idle: 601 }, /^reply\.signIn\(\): lifetime\.idle must be a whole number of seconds from 60 to 600; got /],
  [{ idle: 59 }, /^reply\.signIn\(\): lifetime\.idle must be /],
  [
    { absolute: 1_201 },
    /^reply\.signIn\(\): lifetime\.absolute must be a whole number of seconds from 60 to 1200; got /
  ],
  [{ absolute: 1.5 }, /^reply\.signIn\(\): lifetime\.absolute must be /],
  [{ remembered: 'no' }, /^reply\.signIn\(\): lifetime\.remembered must be true or false; got /],
  [{ forever: true }, /^reply\.signIn\(\): lifetime\.forever does not exist\. Fix: /],
  ['long', /^reply\.signIn\(\): lifetime must be an object with idle, absolute, remembered; got /]
]

for (const [lifetime, message] of wrong) {
  t.test(`signIn throws for the lifetime ${JSON.stringify(lifetime)}, and nothing is stored or sent`, async (t) => {
    const thrown: unknown[] = []
    const app = await serverWith(t, {
      options: { idleTimeout: 600, absoluteTimeout: 1_200 },
      after: async (app) => {
        app.setErrorHandler((error, _request, reply) => {
          thrown.push(error)
          return reply.code(500).send()
        })
      }
    })
    const response = await app.inject({ method: 'POST', url: '/sign-in', payload: { subject: 'alice', lifetime } })
    t.equal(response.statusCode, 500)
    t.same(linesOf(response), [])
    t.same(await app.sessions.list('alice'), [])
    throwsLike(
      t,
      () => {
        throw thrown[0]
      },
      { name: 'RegistrationError', message }
    )
  })
}
