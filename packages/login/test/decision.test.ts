import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import { type LoginAttempt, LoginRefusedError, type OnLogin } from '@latchkey/login'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { house, server, started } from './fixtures/server.ts'

t.test('onLogin receives the identity and determines subject, scopes and claims', async (t) => {
  const seen: LoginAttempt[] = []
  const { provider, browser } = await started(t, {
    store: undefined,
    onLogin(login) {
      seen.push(login)
      return { subject: `user of ${login.identity.subject}`, scopes: ['items:read'], claims: { theme: 'dark' } }
    }
  })
  const alice = browser()
  t.equal((await alice.login(provider)).statusCode, 303)
  like(t, seen, [
    {
      provider: 'house',
      identity: { subject: 'alice-1', name: 'Alice' },
      tokens: { accessToken: 'access-0', refreshToken: 'refresh-0', tokenType: 'Bearer' },
      claims: { sub: 'alice-1' },
      userinfo: { sub: 'alice-1', name: 'Alice' },
      account: null
    }
  ])
  const { subject, scopes, claims } = alice.session ?? {}
  t.same([subject, scopes, claims], ['user of alice-1', ['items:read'], { idp: 'house', theme: 'dark' }])
})

t.test('onLogin without a subject uses the account, which it receives from the second login on', async (t) => {
  const seen: unknown[] = []
  const { provider, browser } = await started(t, {
    onLogin: async ({ account }) => {
      seen.push(account?.id)
      return { scopes: ['items:read'] }
    }
  })
  const [first, second] = [browser(), browser()]
  await first.login(provider)
  await second.login(provider)
  t.same(seen, [undefined, first.session?.subject])
  t.same(second.session?.scopes, ['items:read'])
})

t.test('onLogin can refuse a login before an account exists', async (t) => {
  const { provider, browser, store, sessions } = await started(t, {
    onLogin() {
      throw new LoginRefusedError('not one of us')
    }
  })
  const answer = await browser().login(provider)
  t.equal(answer.statusCode, 403)
  t.notMatch(answer.body, 'not one of us')
  t.equal(await store.accounts.findByIdentity({ provider: 'house', subject: 'alice-1' }), null)
  t.equal(sessions.size, 0)
})

t.test('onLogin can answer the request itself, also without a session plugin', async (t) => {
  const provider = await fakeProvider(t)
  const answers: OnLogin[] = [
    ({ identity }, _request, reply) => reply.send({ hello: identity.name }),
    async ({ identity }, _request, reply) => {
      await reply.send({ hello: identity.name })
      return undefined
    }
  ]
  for (const onLogin of answers) {
    const { browser } = await server(
      t,
      {
        providers: [house(provider)],
        origin: 'http://localhost:3000',
        secrets: ['x7TgBqL0sVnMwZyKcRjFhPdU3iXoE1aQ9tWr5v8b2mN'],
        callbackPath: '/auth',
        store: undefined,
        onLogin
      },
      { withSession: false }
    )
    const alice = browser()
    const answer = await alice.login(provider)
    t.equal(answer.statusCode, 200)
    t.same(answer.json(), { hello: 'Alice' })
    t.same(alice.jar.logins, [])
    t.equal((await alice.post('/logout')).statusCode, 404)
  }
})

const down = Object.assign(new Error('the database is down'), { statusCode: 503 })
const failing: { title: string; onLogin: OnLogin; status: number }[] = [
  {
    title: 'throws',
    status: 500,
    onLogin: () => {
      throw new Error('secret detail')
    }
  },
  { title: 'rejects', status: 500, onLogin: async () => Promise.reject(new Error('secret detail')) },
  {
    title: 'rejects with a text',
    status: 500,
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the test needs it
    onLogin: async () => Promise.reject('secret detail')
  },
  { title: 'rejects with a 503', status: 503, onLogin: async () => Promise.reject(down) },
  { title: 'returns an empty subject', status: 500, onLogin: () => ({ subject: '' }) },
  { title: 'returns a subject of type number', status: 500, onLogin: () => ({ subject: 1 as never }) }
]

for (const { title, onLogin, status } of failing) {
  t.test(`an onLogin that ${title} starts no session: ${status} without details (FAULT-28)`, async (t) => {
    const { provider, browser, sessions } = await started(t, { onLogin })
    const answer = await browser().login(provider)
    t.equal(answer.statusCode, status)
    t.notMatch(answer.body, /secret|database/)
    t.equal(sessions.size, 0)
  })
}

for (const [answer, kind] of [
  [null, 'null'],
  [false, 'a boolean'],
  [true, 'a boolean'],
  ['user-1', 'a string'],
  [7, 'a number'],
  [['items:read'], 'a list'],
  [{ claims: 'admin' }, 'a string'],
  [{ claims: ['admin'] }, 'a list']
] as const) {
  t.test(
    `an onLogin that returns ${JSON.stringify(answer)} signs nobody in: 500, and the log contains the fix`,
    async (t) => {
      const logged: string[] = []
      const logger = { level: 'error', stream: { write: (line: string) => void logged.push(line) } }
      const provider = await fakeProvider(t)
      const options = { providers: [house(provider)], onLogin: () => answer as never }
      const { browser, sessions, store } = await server(t, options, { fastify: { logger } })
      t.equal((await browser().login(provider)).statusCode, 500)
      t.equal(sessions.size, 0)
      t.equal(await store.accounts.findByIdentity({ provider: 'house', subject: 'alice-1' }), null)
      t.equal(logged.length, 1)
      contains(t, String(logged[0]), `; got ${kind}`)
      contains(t, String(logged[0]), 'onLogin must return')
    }
  )
}

t.test('onLogin must return a subject when there are no accounts', async (t) => {
  const { provider, browser } = await started(t, { store: undefined, onLogin: () => undefined })
  t.equal((await browser().login(provider)).statusCode, 500)
})

t.test('onLogin must answer the request when there is no session plugin', async (t) => {
  const provider = await fakeProvider(t)
  const { browser } = await server(
    t,
    {
      providers: [house(provider)],
      origin: 'https://app.example.com',
      secrets: ['x7TgBqL0sVnMwZyKcRjFhPdU3iXoE1aQ9tWr5v8b2mN'],
      onLogin: () => undefined
    },
    { withSession: false }
  )
  t.equal((await browser().login(provider)).statusCode, 500)
})

t.test('a disabled account is refused before onLogin runs (SEC-59)', async (t) => {
  let asked = 0
  const { provider, browser, store } = await started(t, {
    onLogin() {
      asked++
      return undefined
    }
  })
  const alice = browser()
  await alice.login(provider)
  await store.accounts.setDisabled(String(alice.session?.subject), true)
  const again = browser()
  t.equal((await again.login(provider)).statusCode, 403)
  t.equal(again.session, undefined)
  t.equal(asked, 1)
})

t.test('an account that is disabled during the login is refused (SEC-59)', async (t) => {
  const { provider, browser, store } = await started(t, {
    async onLogin({ account }) {
      if (account !== null) await store.accounts.setDisabled(account.id, true)
      return undefined
    }
  })
  await browser().login(provider)
  const again = browser()
  t.equal((await again.login(provider)).statusCode, 403)
  t.equal(again.session, undefined)
})

for (const [error, status] of [
  [new Error('secret detail'), 500],
  [down, 503]
] as const) {
  t.test(`a failure of the store during a login starts no session: ${status}`, async (t) => {
    const { accounts } = memoryStore()
    const store = { accounts: { ...accounts, findByIdentity: async () => Promise.reject(error) } }
    const { provider, browser, sessions } = await started(t, { store })
    const answer = await browser().login(provider)
    t.equal(answer.statusCode, status)
    t.notMatch(answer.body, /secret|database/)
    t.equal(sessions.size, 0)
  })
}
