import { deriveKey, seal, unseal } from '@latchkey/secrets'
import t from 'tap'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { house, pathOf, server, started } from './fixtures/server.ts'

const young = 'x7TgBqL0sVnMwZyKcRjFhPdU3iXoE1aQ9tWr5v8b2mN'
const old = '9Pqz4yZ1mKvTt3sXwR8uVb6nHc2dLfGjQeAoIiUyWzE'

function keyOf(secret: string): Uint8Array {
  return deriveKey(deriveKey(secret, 'latchkey: login'), 'latchkey: login transaction')
}

t.test('a changed transaction is refused (SEC-122, RFC 9700 §4.7.1)', async (t) => {
  const { provider, browser, sessions } = await started(t)
  const parts = 5
  for (let part = 0; part < parts; part++) {
    const { get, jar } = browser()
    const back = pathOf(provider.agree(String((await get('/login')).headers.location)))
    const [name = ''] = jar.logins
    const segments = String(jar.cookies.get(name)).split('.')
    t.equal(segments.length, parts)
    const segment = segments[part] ?? ''
    segments[part] = (segment.startsWith('A') ? 'B' : 'A') + segment.slice(1)
    jar.cookies.set(name, segments.join('.'))
    t.equal((await get(back)).statusCode, 400, `part ${part}`)
  }
  t.equal(provider.count('/token'), 0)
  t.equal(sessions.size, 0)
})

t.test('a transaction without an order is forgotten before transactions with an order', async (t) => {
  const provider = await fakeProvider(t)
  const { browser } = await server(t, { providers: [house(provider)], secrets: [young] })
  const { get, jar } = browser()
  await get('/login')
  await get('/login')
  const [first = '', second = ''] = jar.logins
  const begun: object = JSON.parse(await unseal(String(jar.cookies.get(second)), keyOf(young)))
  jar.cookies.set(second, await seal(JSON.stringify({ ...begun, order: undefined }), keyOf(young)))
  for (let more = 0; more < 20 && jar.logins.includes(second) && jar.logins.includes(first); more++) await get('/login')
  t.same([jar.logins.includes(first), jar.logins.includes(second)], [true, false])
})

const targets = [
  { kept: 'https://evil.example/', location: '/home' },
  { kept: '//evil.example', location: '/home' },
  { kept: '/\\evil.example', location: '/home' },
  { kept: '/..//evil.example', location: '/home' },
  { kept: '/settings', location: '/settings' }
]

for (const { kept, location } of targets) {
  t.test(`the target ${kept} in a transaction of an old secret is checked again: ${location} (SEC-122)`, async (t) => {
    const provider = await fakeProvider(t)
    const { browser } = await server(t, { providers: [house(provider)], secrets: [young, old], returnTo: '/home' })
    const { get, jar } = browser()
    const back = pathOf(provider.agree(String((await get('/login')).headers.location)))
    const [name = ''] = jar.logins
    const begun: object = JSON.parse(await unseal(String(jar.cookies.get(name)), keyOf(young)))
    jar.cookies.set(name, await seal(JSON.stringify({ ...begun, returnTo: kept }), keyOf(old)))
    const answer = await get(back)
    t.equal(answer.statusCode, 303)
    t.equal(answer.headers.location, location)
  })
}

t.test('a transaction of a removed secret is refused (SEC-122)', async (t) => {
  const provider = await fakeProvider(t)
  const { browser } = await server(t, { providers: [house(provider)], secrets: [young] })
  const { get, jar } = browser()
  const back = pathOf(provider.agree(String((await get('/login')).headers.location)))
  const [name = ''] = jar.logins
  jar.cookies.set(name, await seal(await unseal(String(jar.cookies.get(name)), keyOf(young)), keyOf(old)))
  t.equal((await get(back)).statusCode, 400)
  t.equal(provider.count('/token'), 0)
})

t.test('a link to a callback does not log in another browser (SEC-135)', async (t) => {
  const { provider, browser, sessions } = await started(t)
  const [alice, bob, mallory] = [browser(), browser(), browser()]
  await alice.login(provider)
  const { session } = alice
  provider.claims = { sub: 'mallory-1' }
  provider.userinfo = { sub: 'mallory-1' }
  const back = pathOf(provider.agree(String((await mallory.get('/login')).headers.location)))
  // Bob has his own login in progress.
  await bob.get('/login')
  for (const victim of [alice, bob, browser()]) t.equal((await victim.get(back)).statusCode, 400)
  t.equal(provider.count('/token'), 1, "only Alice's login requested a token")
  t.same([...sessions.values()], [session])
  t.equal(alice.session, session)
  t.equal(bob.jar.logins.length, 1)
  t.equal((await mallory.get(back)).statusCode, 303)
})
