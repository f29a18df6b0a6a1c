import t from 'tap'
import { contains } from '@latchkey/exact'
import { setCookies } from './fixtures/cookie-jar.ts'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { house, pathOf, server } from './fixtures/server.ts'

const json = { headers: { accept: 'application/json' } }
const crossSite = { headers: { 'sec-fetch-site': 'cross-site' } }
const strict = { secure: true, sameSite: 'strict' } as const
const insecure = { secure: false, sameSite: 'lax' } as const

t.test('a login with a strict cookie continues through a page of this site (K20.1)', async (t) => {
  const provider = await fakeProvider(t)
  const { browser } = await server(t, { providers: [house(provider)] }, { cookie: strict })
  const alice = browser()
  const answer = await alice.login(provider, '/login?returnTo=/a?b=%2522%253E%26c')
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers.location, undefined)
  t.equal(answer.headers['content-type'], 'text/html; charset=utf-8')
  t.equal(answer.headers['cache-control'], 'no-store')
  contains(t, answer.body, '<meta http-equiv="refresh" content="0;url=/a?b=%22%3E&#38;c">')
  contains(t, answer.body, '<a class="button" href="/a?b=%22%3E&#38;c">Continue</a>')
  t.not(alice.session, undefined)
  const { headers } = await alice.get('/login?returnTo=/a')
  const api = await alice.get(pathOf(provider.agree(String(headers.location))), json)
  t.equal(api.statusCode, 303)
  t.equal(api.headers.location, '/a')
})

t.test('a link with a strict cookie succeeds without the session cookie (K20.1)', async (t) => {
  const [one, two] = [await fakeProvider(t), await fakeProvider(t)]
  const providers = [house(one, 'one'), house(two, 'two')]
  const { browser, store, sessions } = await server(t, { providers }, { cookie: strict })
  const alice = browser()
  await alice.login(one, '/login/one')
  const id = alice.jar.cookies.get('session') ?? ''
  const session = alice.session
  if (session === undefined) throw new Error('there is no session')
  const come = async (): Promise<number> => {
    alice.jar.cookies.set('session', id)
    const { headers } = await alice.post('/login/two/link')
    alice.jar.cookies.delete('session') // the browser does not send it after a redirect from the provider
    return (await alice.get(pathOf(two.agree(String(headers.location))))).statusCode
  }
  t.equal(await come(), 200)
  const account = await store.accounts.findByIdentity({ provider: 'two', subject: 'alice-1' })
  t.equal(account?.id, session.subject)
  t.equal(await come(), 200, 'a second time')
  alice.jar.cookies.set('session', id)
  const { headers } = await alice.post('/login/two/link')
  sessions.delete(id)
  const late = await alice.get(pathOf(two.agree(String(headers.location))))
  t.equal(late.statusCode, 400, 'the session has ended in between')
})

for (const [responseMode, sameSite] of [
  ['query', ['SameSite=Lax']],
  ['form_post', []]
] as const) {
  t.test(`insecureCookie allows the login cookie over plain http, by ${responseMode} (K20.2)`, async (t) => {
    const provider = await fakeProvider(t)
    const providers = [{ ...house(provider), responseMode }]
    const { browser } = await server(t, { providers }, { cookie: insecure })
    const alice = browser()
    const start = await alice.get('/login')
    const [line = '', another] = setCookies(start.headers)
    t.equal(another, undefined)
    const [pair, ...attributes] = line.split('; ')
    t.match(pair, /^login\.[\w-]{22}=/)
    t.same(attributes.sort(), ['HttpOnly', 'Max-Age=600', 'Path=/', ...sameSite])
    const back = provider.agree(String(start.headers.location))
    const answer =
      responseMode === 'query'
        ? await alice.get(pathOf(back))
        : await alice.post(back.pathname, Object.fromEntries(back.searchParams), crossSite)
    t.equal(answer.statusCode, 303)
    t.not(alice.session, undefined)
    t.same([...alice.jar.cookies.keys()], ['session'], 'the login cookie is deleted')
  })
}

t.test('a login by form_post ends only the earlier session of the same browser (K20.3)', async (t) => {
  const provider = await fakeProvider(t)
  const providers = [{ ...house(provider), responseMode: 'form_post' as const }]
  const { browser, sessions } = await server(t, { providers })
  const [alice, bob] = [browser(), browser()]
  const login = async (one: typeof alice): Promise<number> => {
    const { headers } = await one.get('/login')
    const back = provider.agree(String(headers.location))
    const session = one.jar.cookies.get('session')
    one.jar.cookies.delete('session') // the browser does not send it with the provider's POST
    const answer = await one.post(back.pathname, Object.fromEntries(back.searchParams), crossSite)
    if (!one.jar.cookies.has('session') && session !== undefined) one.jar.cookies.set('session', session)
    return answer.statusCode
  }
  t.equal(await login(bob), 303)
  for (let times = 0; times < 4; times++) t.equal(await login(alice), 303)
  t.equal(sessions.size, 2, 'one session for each browser')
  t.not(alice.session, undefined)
  t.not(bob.session, undefined)
  const before = alice.session
  provider.tokens = { token_type: 'mac' }
  t.equal(await login(alice), 502)
  t.equal(alice.session, before, 'a failed login ends no session')
})

for (const step of [0, 1, 1000, -1000]) {
  t.test(`the five newest of seven logins that begin ${step} ms apart remain (K20.4)`, async (t) => {
    const provider = await fakeProvider(t)
    let now = Date.now()
    const { browser } = await server(t, { providers: [house(provider)], now: () => now })
    const alice = browser()
    const states: string[] = []
    for (let begun = 0; begun < 7; begun++) {
      const { headers } = await alice.get('/login')
      states.push(String(new URL(String(headers.location)).searchParams.get('state')))
      now += step
    }
    t.equal(alice.jar.logins.length, 5)
    const answers: number[] = []
    for (const state of states) {
      const { statusCode } = await alice.get(`/login/house/callback?error=access_denied&state=${state}`, json)
      answers.push(statusCode)
    }
    t.same(answers, [400, 400, 403, 403, 403, 403, 403])
  })
}

t.test('a cookie that cannot be opened is forgotten before every login (K20.4)', async (t) => {
  const provider = await fakeProvider(t)
  const { browser } = await server(t, { providers: [house(provider)] })
  const alice = browser()
  alice.jar.cookies.set('__Host-login.strange', 'x')
  for (let begun = 0; begun < 5; begun++) await alice.get('/login')
  t.equal(alice.jar.logins.length, 5)
  t.notOk(alice.jar.cookies.has('__Host-login.strange'))
  t.equal((await alice.login(provider)).statusCode, 303)
})
