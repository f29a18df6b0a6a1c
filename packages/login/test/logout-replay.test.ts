import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import type { DpopReplayStore } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import type { LightMyRequestResponse } from 'fastify'
import { sign } from './fixtures/fake-provider.ts'
import { type Server, started } from './fixtures/server.ts'

const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
const json = { headers: { accept: 'application/json' } }
const down = async (): Promise<never> => Promise.reject(Object.assign(new Error('down'), { statusCode: 503 }))

type Started = Awaited<ReturnType<typeof started>>

async function logoutToken({ provider }: Started, claims: object): Promise<string> {
  const iat = Math.floor(Date.now() / 1000)
  return await sign({ iss: provider.issuer, aud: 'app', iat, jti: String(Math.random()), events, ...claims })
}

async function send({ browser }: Server, token: string): Promise<LightMyRequestResponse> {
  return await browser().post('/login/house/backchannel-logout', { logout_token: token }, json)
}

/** Makes the effect of a logout fail until the returned function is called. */
function failing(t: Test, { app }: Server): () => void {
  const decorator = app.getDecorator<Record<string, unknown>>('sessions')
  const intercepted = ['revokeUpstream', 'revokeAll'].map((name) => t.intercept(decorator, name, { value: down }))
  return () => {
    for (const one of intercepted) one.restore()
  }
}

for (const [title, named] of [
  ['a session', { sid: 's-1' }],
  ['a person', { sub: 'alice-1' }]
] as const) {
  t.test(`a replayed logout token of ${title} is answered 400, and ends no session (K15)`, async (t) => {
    const one = await started(t)
    one.provider.claims = { sid: 's-1' }
    await one.browser().login(one.provider)
    const token = await logoutToken(one, named)
    t.equal((await send(one, token)).statusCode, 200)
    t.equal(one.sessions.size, 0)
    const alice = one.browser()
    await alice.login(one.provider)
    const replayed = await send(one, token)
    t.equal(replayed.statusCode, 400)
    like(t, replayed.json(), { error: 'invalid_logout_token' })
    t.equal(replayed.headers['cache-control'], 'no-store')
    t.equal(one.sessions.size, 1)
    t.not(alice.session, undefined)
  })

  t.test(`one of many concurrent copies of a logout token of ${title} has an effect (K15)`, async (t) => {
    const one = await started(t)
    one.provider.claims = { sid: 's-1' }
    await one.browser().login(one.provider)
    const token = await logoutToken(one, named)
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(one, token)))
    t.same(answers.map(({ statusCode }) => statusCode).sort(), [200, ...Array<number>(9).fill(400)])
    t.equal(one.sessions.size, 0)
  })

  t.test(`a logout token of ${title} can be sent again after a failure (K15)`, async (t) => {
    const one = await started(t)
    one.provider.claims = { sid: 's-1' }
    await one.browser().login(one.provider)
    const token = await logoutToken(one, named)
    const mend = failing(t, one)
    for (const _ of [1, 2]) {
      const failed = await send(one, token)
      t.equal(failed.statusCode, 503)
      t.match(failed.headers['retry-after'], /^\d+$/)
      t.equal(one.sessions.size, 1)
    }
    mend()
    t.equal((await send(one, token)).statusCode, 200)
    t.equal(one.sessions.size, 0)
    t.equal((await send(one, token)).statusCode, 400)
  })
}

for (const times of [2, 3]) {
  t.test(`a logout token is released when the store fails ${times} times (K15)`, async (t) => {
    const { dpopReplay, ...store } = memoryStore()
    let failures = times
    const forget: DpopReplayStore['forget'] = async (key) =>
      failures-- > 0 ? await down() : await dpopReplay.forget(key)
    const one = await started(t, { store: { ...store, dpopReplay: { ...dpopReplay, forget } } })
    one.provider.claims = { sid: 's-1' }
    await one.browser().login(one.provider)
    const token = await logoutToken(one, { sid: 's-1' })
    const mend = failing(t, one)
    t.equal((await send(one, token)).statusCode, 503)
    mend()
    t.equal((await send(one, token)).statusCode, 200)
    t.equal(one.sessions.size, 0)
  })
}

t.test('a logout token ends no session when the store cannot check it, or stays down (K15)', async (t) => {
  const { dpopReplay, ...store } = memoryStore()
  const replays = { ...dpopReplay }
  const one = await started(t, { store: { ...store, dpopReplay: replays } })
  one.provider.claims = { sid: 's-1' }
  await one.browser().login(one.provider)
  const token = await logoutToken(one, { sid: 's-1' })
  replays.remember = down
  t.equal((await send(one, token)).statusCode, 503)
  t.equal(one.sessions.size, 1)
  replays.remember = dpopReplay.remember
  replays.forget = down
  failing(t, one)
  t.equal((await send(one, token)).statusCode, 503)
  t.equal(one.sessions.size, 1)
})
