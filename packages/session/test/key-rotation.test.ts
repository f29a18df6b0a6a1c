import t from 'tap'
import { like } from '@latchkey/exact'
import { jweCodec, secureSessionCodec } from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import { cookieOf, linesOf, newKey, serverWith, signIn, start, statusOf } from './fixtures/server.ts'

for (const [name, codec] of [
  ['secureSessionCodec()', secureSessionCodec],
  ['jweCodec()', jweCodec]
] as const) {
  t.test(`rotates keys in three steps and keeps all sessions, with ${name} (SEC-132, FAULT-24)`, async (t) => {
    const [old, young] = [newKey(), newKey()]
    const store = memoryStore({ now: () => 0 })
    const served = (secrets: string[]) => serverWith(t, { options: { store, secrets, codec: codec() } })
    const [before, during, after] = [await served([old]), await served([young, old]), await served([young])]
    for (const app of [before, during, after]) app.clock.time = start + 10

    before.clock.time = start
    const cookie = await signIn(before)
    t.equal(await statusOf(after, cookie), 401)

    const response = await during.inject({ url: '/me', headers: { cookie } })
    t.equal(response.statusCode, 200)
    const [line = ''] = linesOf(response)
    t.match(line, /; Max-Age=1209590; Path=\/; HttpOnly; Secure; SameSite=Lax$/, 'the rest of the lifetime')
    const renewed = cookieOf(response)
    t.not(renewed, cookie)
    t.equal(await statusOf(before, cookie), 200, 'a rollback works')

    const again = await during.inject({ url: '/me', headers: { cookie: renewed } })
    t.same(linesOf(again), [], 'it was sealed once')
    t.equal(await statusOf(after, renewed), 200)
    t.equal(await statusOf(after, cookie), 401, 'a cookie of a removed key is anonymous (FAULT-25)')
    t.equal((await after.sessions.list('alice')).length, 1, 'it is the same session')
  })
}

t.test('does not seal a cookie without a session again, and a sign-out has priority', async (t) => {
  const [old, young] = [newKey(), newKey()]
  const store = memoryStore({ now: () => 0 })
  const before = await serverWith(t, { options: { store, secrets: [old] } })
  const during = await serverWith(t, { options: { store, secrets: [young, old] } })
  t.same(linesOf(await during.inject('/open')), [])
  const cookie = await signIn(before)
  const headers = { cookie, 'sec-fetch-site': 'same-origin' }
  const out = await during.inject({ method: 'POST', url: '/sign-out', headers })
  like(t, linesOf(out), [/^__Host-session=; Max-Age=0/])
  t.same(
    linesOf(await during.inject({ url: '/open', headers: { cookie } })),
    [],
    'an ended session is not sealed again'
  )
})
