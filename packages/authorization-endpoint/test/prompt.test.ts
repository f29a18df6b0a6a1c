import t from 'tap'
import { app, redirectUri, server } from './fixtures/server.ts'
import { cookieOf } from './fixtures/session.ts'

const firstParty = [{ ...app, isFirstParty: true }]
const later = cookieOf({ id: 's2', authenticatedAt: 1_000_100 })

t.test(
  'sends an anonymous browser to the login, and continues the same request in several tabs (RFC 6749 §3.1, RFC 9700 §4.11.2)',
  async (t) => {
    const { authorize, get } = await server(t, { clients: firstParty, endpoint: { loginPath: '/sign-in' } })
    const tabs = await Promise.all(['one', 'two'].map(async (state) => authorize({ state }, null)))
    for (const [at, tab] of tabs.entries()) {
      t.equal(tab.status, 303)
      t.equal(tab.location.split('?')[0], '/sign-in')
      t.same(Object.keys(tab.query), ['returnTo'])
      const back = await get(tab.query['returnTo'] ?? '')
      t.equal(back.location.split('?')[0], redirectUri)
      t.equal(back.query['state'], ['one', 'two'][at])
      t.match(back.query['code'], /^[\w-]{43}$/)
      t.equal((await get(tab.query['returnTo'] ?? '')).status, 410, 'answered once')
    }
  }
)

t.test('hands login_hint on to the login, and shows it on no page', async (t) => {
  const { authorize, get } = await server(t)
  const hint = 'ann+1@example.com "><canary> ä&prompt=x'
  for (const prompt of [undefined, 'select_account']) {
    const { location, query } = await authorize({ login_hint: hint, prompt }, null)
    t.same(query, { ...(prompt && { prompt }), login_hint: hint, returnTo: query['returnTo'] })
    t.notMatch(location, /[<> "]/)
    const again = await get(query['returnTo'] ?? '', null)
    t.equal(again.location, location)
    const page = await get(query['returnTo'] ?? '')
    t.equal(page.status, 200)
    t.notMatch(page.text, /canary|ann/)
  }
})

t.test('returns to the login when the browser comes back without a session', async (t) => {
  const { authorize, get } = await server(t)
  const first = await authorize({}, null)
  const again = await get(first.query['returnTo'] ?? '', null)
  t.equal(again.location, first.location)
})

for (const [name, changes, cookie, error] of [
  ['an anonymous user', {}, null, 'login_required'],
  ['an old login', { max_age: '60' }, undefined, 'login_required'],
  ['a login of unknown time', { max_age: '60' }, cookieOf({ authenticatedAt: null }), 'login_required'],
  ['a missing consent', {}, undefined, 'consent_required']
] as const) {
  t.test(`answers prompt=none with ${error} for ${name} (OpenID Connect Core §3.1.2.6)`, async (t) => {
    const { authorize } = await server(t)
    const { location, query } = await authorize({ prompt: 'none', ...changes }, cookie)
    t.equal(location.split('?')[0], redirectUri)
    t.same([query['error'], query['state']], [error, 'xyz'])
  })
}

t.test('answers prompt=none with a code when nothing is left to ask', async (t) => {
  const { authorize, code } = await server(t)
  await code()
  t.match((await authorize({ prompt: 'none', max_age: '1000' })).query['code'], /^[\w-]{43}$/)
})

for (const [changes, prompt] of [
  [{ prompt: 'login' }, 'login'],
  [{ prompt: 'select_account' }, 'select_account'],
  [{ max_age: '60' }, 'login'],
  [{ max_age: '0' }, 'login']
] as const) {
  t.test(`asks for one new login for ${JSON.stringify(changes)}`, async (t) => {
    const { authorize, get } = await server(t, { clients: firstParty })
    const asked = await authorize(changes)
    t.same([asked.location.split('?')[0], asked.query['prompt']], ['/login', prompt])
    const same = await get(asked.query['returnTo'] ?? '')
    t.equal(same.location, asked.location, 'the same session is not a new login')
    const fresh = await get(asked.query['returnTo'] ?? '', later)
    t.match(fresh.query['code'], /^[\w-]{43}$/)
  })
}

t.test('answers login_required when a new login does not prove its time', async (t) => {
  const { authorize, get } = await server(t, { clients: firstParty })
  const asked = await authorize({ max_age: '60' })
  const { query } = await get(asked.query['returnTo'] ?? '', cookieOf({ id: 's2', authenticatedAt: null }))
  t.equal(query['error'], 'login_required')
})

t.test('passes select_account on for an anonymous user', async (t) => {
  const { authorize } = await server(t)
  t.equal((await authorize({ prompt: 'select_account' }, null)).query['prompt'], 'select_account')
})
