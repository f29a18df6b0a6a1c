// The tests that wait for a time limit. They wait at the same time.
import t from 'tap'
import { another, keeping } from './fixtures/keeping.ts'
import { started } from './fixtures/server.ts'

t.test('time limits', { jobs: 5 }, async (t) => {
  void t.test('onLogin is limited to ten seconds (FAULT-28)', { buffered: true }, async (t) => {
    const { provider, browser, sessions } = await started(t, { onLogin: () => new Promise(() => undefined) })
    t.equal((await browser().login(provider)).statusCode, 500)
    t.equal(sessions.size, 0)
  })

  void t.test(
    'a token request without an answer ends after five seconds (SEC-141, FAULT-2)',
    { buffered: true },
    async (t) => {
      const { provider, browser } = await started(t)
      provider.answers.set('/token', null)
      const answer = await browser().login(provider)
      t.equal(answer.statusCode, 504)
    }
  )

  void t.test(
    'a metadata request without an answer ends after five seconds (SEC-141, FAULT-2)',
    { buffered: true },
    async (t) => {
      const { provider, browser } = await started(t)
      provider.answers.set('/.well-known/openid-configuration', null)
      t.equal((await browser().get('/login')).statusCode, 504)
    }
  )

  void t.test('a secret function without a result is abandoned after five seconds', { buffered: true }, async (t) => {
    const { browser } = await started(t, {}, { clientSecret: () => new Promise(() => undefined) })
    t.equal((await browser().get('/login')).statusCode, 500)
  })

  void t.test(
    'another process refreshes after the lease of a dead process has expired',
    { buffered: true },
    async (t) => {
      const one = await keeping(t)
      const { provider, clock, alice, app } = one
      const other = await another(t, one)
      clock.now += 300_000
      const headers = { cookie: alice.jar.header }
      const asked = new Promise<void>((resolve) => {
        provider.answers.set('/token', async () => {
          resolve()
          return null
        })
      })
      const dying = app.inject({ url: '/tokens/house', headers })
      await asked
      const waiting = other.app.inject({ url: '/tokens/house', headers })
      provider.answers.clear()
      clock.now += 31_000
      t.equal((await waiting).json().tokens.accessToken, 'access-1')
      t.equal(provider.count('/token'), 2)
      // The process that seemed dead was only slow. It does not undo the refresh of the other process.
      t.equal((await dying).statusCode, 504)
      t.equal((await alice.get('/tokens/house')).json().tokens.accessToken, 'access-1')
    }
  )
})
