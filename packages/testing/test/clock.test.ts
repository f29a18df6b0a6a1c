import { throwsLike } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import testing, { as, clock, testIssuer } from '@latchkey/testing'
import t from 'tap'
import { AUDIENCE, server } from './fixtures/server.ts'

t.test('a clock stands still until it is moved', async (t) => {
  const time = clock(1000)
  t.equal(time.now(), 1000)
  time.advance(1.5)
  t.equal(time.now(), 2500)
  time.advance(-1)
  t.equal(time.now(), 1500)
})

t.test('a clock starts at the current time', async (t) => {
  const before = Date.now()
  const { now } = clock()
  t.ok(now() >= before && now() <= Date.now())
})

t.test('a clock refuses what is no number', async (t) => {
  throwsLike(t, () => clock(Number.NaN), { message: /^clock\(\): argument "start" must be a finite number; got/ })
  throwsLike(t, () => clock().advance('1' as never), {
    message: /^advance\(\): argument "seconds" must be a finite number/
  })
})

t.test('tokens and sessions expire when the clock is moved', async (t) => {
  const time = clock(Date.parse('2040-01-01'))
  const { now } = time
  const issuer = testIssuer({ audience: AUDIENCE, now })
  const app = await server(t, {
    guard: { now },
    bearer: { issuers: [issuer], now },
    session: { store: memoryStore({ now }), now, idleTimeout: 3600 },
    more: async (app) => void app.register(testing)
  })
  const headers = { authorization: `Bearer ${await issuer.issue({ subject: 'bob', lifetime: 60 })}` }
  const alice = as(app, { subject: 'alice', session: true })
  t.equal((await app.inject({ url: '/me', headers })).statusCode, 200)
  t.equal((await alice.delete('/account')).statusCode, 204)
  time.advance(120)
  t.equal((await app.inject({ url: '/me', headers })).statusCode, 401)
  t.equal((await as(app, { subject: 'bob' }).get('/me')).statusCode, 200)
  t.equal((await alice.get('/me')).statusCode, 200)
  t.equal((await alice.delete('/account')).statusCode, 401, 'the login is no longer recent')
  time.advance(3600)
  t.equal((await alice.get('/me')).statusCode, 401)
})
