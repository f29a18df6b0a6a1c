import t from 'tap'
import { like } from '@latchkey/exact'
import { quotingCauses } from '@latchkey/exact/quoted-secret'
import login, { discord, type OnLogin } from '@latchkey/login'
import { memoryStore } from '@latchkey/store/memory'
import Fastify from 'fastify'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { fakeSession } from './fixtures/fake-session.ts'
import { house, origin, server } from './fixtures/server.ts'

for (const { name, cause, logged } of quotingCauses) {
  t.test(
    `the log has no token of a provider when onLogin throws with ${name} as the cause that quotes it (SEC-147)`,
    async (t) => {
      const lines: string[] = []
      const logger = { level: 'trace', stream: { write: (line: string) => void lines.push(line) } }
      const tokens: (string | null)[] = []
      const onLogin: OnLogin = ({ tokens: { accessToken, refreshToken, idToken } }) => {
        tokens.push(accessToken, refreshToken, idToken)
        const members = { detail: idToken, request: { accessToken }, position: 7 }
        throw Object.assign(new Error('the request failed', { cause: cause(accessToken) }), members)
      }
      const provider = await fakeProvider(t)
      provider.tokens = { access_token: 'canary-access-token' }
      const { browser, sessions } = await server(t, { providers: [house(provider)], onLogin }, { fastify: { logger } })
      const answer = await browser().login(provider)
      t.equal(answer.statusCode, 500)
      t.equal(sessions.size, 0)
      const [line = ''] = lines.filter((one) => one.includes('A login failed'))
      like(t, line, logged)
      for (const token of tokens) if (token !== null) t.notOk(lines.join('').includes(token))
    }
  )
}

t.test('the log has no encoded token of a provider when onLogin throws (SEC-147)', async (t) => {
  const lines: string[] = []
  const logger = { level: 'trace', stream: { write: (line: string) => void lines.push(line) } }
  const onLogin: OnLogin = ({ tokens: { accessToken } }) => {
    const basic = Buffer.from(`:${accessToken}`).toString('base64')
    throw new Error(`401 for ${JSON.stringify(accessToken)}, ${encodeURIComponent(accessToken)}, ${basic}`)
  }
  const provider = await fakeProvider(t)
  provider.tokens = { access_token: 'a"canary/of\\access+token' }
  const { browser } = await server(t, { providers: [house(provider)], onLogin }, { fastify: { logger } })
  t.equal((await browser().login(provider)).statusCode, 500)
  const [line = ''] = lines.filter((one) => one.includes('A login failed'))
  t.match(line, /401 for /)
  t.notMatch(line, /canary|Y2FuYXJ|NhbmFye|jYW5hcn/)
})

t.test("a status of onLogin's error from private fields is answered and logged", async (t) => {
  class Away extends Error {
    readonly #statusCode: number = 503
    get statusCode(): number {
      return this.#statusCode
    }
    get retryAfter(): number {
      return this.#statusCode - 473
    }
  }
  const lines: string[] = []
  const logger = { stream: { write: (line: string) => void lines.push(line) } }
  const onLogin: OnLogin = () => Promise.reject(new Away('not now'))
  const provider = await fakeProvider(t)
  const { browser } = await server(t, { providers: [house(provider)], onLogin }, { fastify: { logger } })
  const answer = await browser().login(provider)
  t.equal(answer.statusCode, 503)
  t.equal(answer.headers['retry-after'], '30')
  const [line = ''] = lines.filter((one) => one.includes('A login could not be finished'))
  like(t, JSON.parse(line), { err: { type: 'Away', message: 'not now', statusCode: 503 } })
})

for (const [statusCode, code] of [
  [500, 'server_error'],
  [502, 'temporarily_unavailable'],
  [503, 'temporarily_unavailable'],
  [504, 'temporarily_unavailable'],
  [404, 'invalid_request']
] as const) {
  t.test(`an error of the application with the status ${statusCode} has the code ${code}`, async (t) => {
    const app = Fastify()
    t.teardown(() => app.close())
    app.addHook('onRequest', async () => Promise.reject(Object.assign(new Error('no'), { statusCode })))
    await app.register(fakeSession, { origin, sessions: new Map() })
    const providers = [discord({ clientId: 'app', clientSecret: 'opensesame' })]
    await app.register(login, { store: memoryStore(), providers })
    const answer = await app.inject({ url: '/login/discord', headers: { accept: 'application/json' } })
    t.same([answer.statusCode, answer.json().error], [statusCode, code])
  })
}

t.test('an error that is its own cause is answered and logged like any other', async (t) => {
  const error = new Error('the query failed')
  error.cause = error
  const store = { accounts: { ...memoryStore().accounts, findByIdentity: async () => Promise.reject(error) } }
  for (const options of [{ store }, { onLogin: async () => Promise.reject(error) }]) {
    const lines: string[] = []
    const logger = { stream: { write: (line: string) => void lines.push(line) } }
    const provider = await fakeProvider(t)
    const { browser } = await server(t, { providers: [house(provider)], ...options }, { fastify: { logger } })
    const answer = await browser().login(provider)
    t.equal(answer.statusCode, 500)
    t.match(answer.body, /Something went wrong here/)
    const [line = ''] = lines.filter((one) => one.includes('A login failed'))
    t.match(line, /the query failed/)
  }
})
