import t from 'tap'
import { pathOf, started } from './server.ts'

const HOUR = 3600

for (const { title, behind, elapsed } of [
  { title: 'at once', behind: 0, elapsed: 0 },
  { title: 'after a while', behind: -60, elapsed: 60 },
  { title: 'by a clock that is behind ours', behind: 30, elapsed: 60 }
]) {
  t.test(`who logs in anew ${title} has done so since they were sent`, async (t) => {
    const clock = { now: Math.floor(Date.now() / 1000) }
    const sent = clock.now
    const { provider, browser } = await started(t, { now: () => clock.now * 1000 })
    const alice = browser()
    const { headers } = await alice.get('/login?prompt=login&returnTo=/danger')
    t.equal(new URL(String(headers.location)).searchParams.get('prompt'), 'login')
    clock.now += elapsed
    provider.claims = { auth_time: sent - behind }
    const answer = await alice.get(pathOf(provider.agree(String(headers.location))))
    t.equal(answer.statusCode, 303)
    t.equal(answer.headers.location, '/danger')
    t.equal(alice.session?.authenticatedAt, Math.max(sent, sent - behind))
  })
}

t.test('who was to log in anew and was let in without it is told so, and sent nowhere', async (t) => {
  const { provider, browser } = await started(t)
  const alice = browser()
  provider.claims = { auth_time: Math.floor(Date.now() / 1000) - HOUR }
  const answer = await alice.login(provider, '/login?prompt=login&returnTo=/danger')
  t.equal(answer.statusCode, 403)
  t.equal(answer.headers.location, undefined)
  t.match(answer.body, 'This needs a fresh login. Log in again.')
  t.match(answer.body, 'href="/login?prompt=login"')
  t.equal(alice.session, undefined)
  t.equal((await alice.login(provider)).statusCode, 303, 'a login that need not be fresh')
})
