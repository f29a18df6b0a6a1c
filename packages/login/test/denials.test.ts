import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { ReasonError } from '@latchkey/guard/plugin'
import { LoginError, LoginRefusedError } from '@latchkey/login'
import { page, started } from './fixtures/server.ts'

const json = { headers: { accept: 'application/json' } }

for (const error of ['access_denied', 'user_cancelled_login', 'login_required', 'consent_required']) {
  for (const state of ['', '&state=']) {
    t.test(
      `the denial ${error} with "${state}" instead of a state says that the user did not log in (K19.5)`,
      async (t) => {
        const { browser, provider, sessions } = await started(t)
        const alice = browser()
        await alice.get('/login')
        const { logins } = alice.jar
        const answer = await alice.get(`/login/house/callback?error=${error}${state}`, json)
        t.equal(answer.statusCode, 403)
        t.same(answer.json(), { error: 'access_denied', error_description: 'You did not log in.' })
        t.same(alice.jar.logins, logins, 'the login in progress continues')
        t.equal(sessions.size, 0)
        t.equal(provider.count('/token'), 0)
        const shown = await alice.get(`/login/house/callback?error=${error}${state}`, { headers: page })
        contains(t, shown.body, 'You did not log in.')
      }
    )
  }
}

for (const query of [
  'error=server_error',
  'code=a',
  'error=access_denied&state=unknown',
  'error=access_denied&state=a&state=b',
  'error=access_denied&error=access_denied'
]) {
  t.test(`a callback with ${query} belongs to no known login (K19.5, SEC-107)`, async (t) => {
    const { browser, provider } = await started(t)
    const answer = await browser().get(`/login/house/callback?${query}`, json)
    t.equal(answer.statusCode, 400)
    like(t, answer.json(), { error: 'invalid_state' })
    t.equal(provider.count('/token'), 0)
  })
}

t.test('the cause of a LoginError is an error', async (t) => {
  const { cause } = new LoginRefusedError('for the log')
  t.ok(cause instanceof ReasonError)
  like(t, cause, { message: 'for the log' })
  t.equal(new LoginRefusedError().cause, undefined)
  const own = new Error('own')
  t.equal(new LoginError('server_error', { cause: own }).cause, own)
})
