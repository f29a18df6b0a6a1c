// Functions of the application that fail, and clocks that are wrong.
import { doesNotMatch, equal, match, ok } from 'node:assert/strict'
import { cookiesOf } from '../client.ts'
import { startLogin } from '../logins.ts'
import { several } from '../several.ts'
import type { Soak } from '../soak.ts'
import { PASSWORD, passwordRequest } from '../token-requests.ts'
import { type Fault, items, statuses, timed } from './fault.ts'

const SECOND = 1_000
/** The clock tolerance of the bearer, in seconds. */
const TOLERANCE = 30

const usersDown: Fault = {
  number: 11,
  injected: 'the lookup of users throws an `UnavailableError`; 14 sign-ins from one address',
  expected: '503 with `Retry-After`, the same for known and unknown users; no attempt counts as a failure',
  allows: { 'password, right': [503], 'password, wrong': [503] },
  async inject(soak) {
    await soak.set({ findUser: 'down' })
    const answers = await several(14, (at) =>
      soak.client.ask(passwordRequest(at % 2 ? 'user-4' : 'nobody-4', PASSWORD, '192.0.2.4'))
    )
    await soak.set()
    equal(statuses(answers), '503 × 14')
    equal(new Set(answers.map(({ body }) => body)).size, 1)
    for (const { headers } of answers) {
      match(String(headers['retry-after']), /^\d+$/)
      equal(headers['cache-control'], 'no-store')
    }
    const { status } = await soak.client.ask(passwordRequest('user-4', PASSWORD, '192.0.2.4'))
    equal(status, 200)
    return `${statuses(answers)}, one body; then ${status} from the same address`
  }
}

const hooks: Fault = {
  number: 28,
  injected: '`findUser` throws, then never answers; `onLogin` throws',
  expected: '500 without the message of the error, 503 at the timeout of 2 seconds; no token and no session',
  allows: { 'password, right': [500, 503], 'password, wrong': [500, 503], 'login with a provider': [500] },
  async inject(soak) {
    const { client, world } = soak
    await soak.set({ findUser: 'throws' })
    const thrown = await client.ask(passwordRequest('user-5', PASSWORD))
    await soak.set({ findUser: 'never' })
    const { result: late, took } = await timed(() => client.ask(passwordRequest('user-5', PASSWORD)))
    await soak.set({ onLogin: 'throws' })
    const login = await startLogin((request) => client.ask(request), 'oidc', world.providers.oidc, 'ada')
    const refused = login && (await client.ask(login.callback))
    await soak.set()
    if (!refused) throw new Error('the login does not start')
    equal(thrown.status, 500)
    equal(late.status, 503)
    ok(took < 3_500, `${took} ms`)
    equal(refused.status, 500)
    for (const { body } of [thrown, late, refused]) doesNotMatch(body, /canary|access_token/)
    doesNotMatch(cookiesOf(refused), /__Host-session=[^;]/)
    return `findUser throws: ${thrown.status}; never answers: ${late.status} after ${took} ms; onLogin throws: ${refused.status}`
  }
}

async function statusesOf(soak: Soak, tokens: readonly string[]): Promise<string> {
  const { client, world } = soak
  const answers = await Promise.all(tokens.map((token) => items(soak, token)))
  const cookie = world.stock.sessions.any() ?? ''
  const me = await client.ask({ path: '/me', headers: { cookie } })
  return [...answers, me].map(({ status }) => status).join(' ')
}

const skew: Fault = {
  number: 9,
  injected: 'the clock of the process is 20 seconds ahead, 20 behind, 400 ahead and 300 behind',
  expected:
    'within the tolerance of 30 seconds nothing changes; beyond it, tokens that seem expired or too new are 401; sessions, whose times come from the store, work',
  allows: Object.fromEntries(
    ['remembered token', 'new token, twice', 'token of this server', 'token without the scope', 'opaque token'].map(
      (name) => [name, [401]]
    )
  ),
  async inject(soak) {
    const now = Math.floor(Date.now() / SECOND)
    const tokens = [await soak.world.main.token(), await soak.world.main.token({ expiresAt: now + TOLERANCE * 10 })]
    const seen: string[] = []
    for (const [ahead, expected] of [
      [20, '200 200 200'],
      [-20, '200 200 200'],
      [400, '200 401 200'],
      [-300, '401 401 200']
    ] as const) {
      await soak.set({ ahead: ahead * SECOND })
      const found = await statusesOf(soak, tokens)
      equal(found, expected, `${ahead} s: ${found}`)
      seen.push(`${ahead} s: ${found}`)
    }
    await soak.set()
    equal(await statusesOf(soak, tokens), '200 200 200')
    return `new token, token for 300 s, session: ${seen.join('; ')}; then 200 200 200`
  }
}

const boundary: Fault = {
  number: 10,
  injected: 'the clock of the process stands still at a whole second; tokens that expire at this second',
  expected: 'with the tolerance of 30 seconds, a token is 401 from its last second on, and 200 a second before',
  async inject(soak) {
    const at = Math.floor(Date.now() / SECOND)
    const [over, valid] = await Promise.all(
      [at - TOLERANCE, at - TOLERANCE + 1].map((expiresAt) => soak.world.main.token({ expiresAt }))
    )
    await soak.set({ frozenAt: at * SECOND })
    const found = await statusesOf(soak, [over ?? '', valid ?? ''])
    await soak.set()
    equal(found, '401 200 200')
    return `at its end: 401; a second before: 200; session: 200`
  }
}

export const ofTheApplication: readonly Fault[] = [usersDown, hooks, skew, boundary]
