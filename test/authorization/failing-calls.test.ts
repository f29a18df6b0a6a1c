import t, { type Test } from 'tap'
import type { Store } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { generateSigningKey } from '@latchkey/token-endpoint'
import { visitor } from '../visitor.ts'
import { answerIn, authorizationUrl, decide, exchange, logIn, refresh, statusOfItems } from './client.ts'
import { buildServer } from './server.ts'

const MEMBERS = ['records', 'refreshTokens', 'sessions', 'revocations'] as const

/** Which call of a store fails, and whether its effect is in the store all the same. */
interface Failing {
  /** Calls until the failure. Below 0: no call fails. */
  countdown: number
  when: 'before' | 'after'
}

/** A store of which one call fails as an unreachable database does. */
function failingStore(store: Store, failing: Failing): Store {
  const members = MEMBERS.map((member) => [member, failingMember(store[member], failing)])
  return { ...store, ...(Object.fromEntries(members) as Pick<Store, (typeof MEMBERS)[number]>) } // the same members
}

function failingMember(member: object, failing: Failing): object {
  const methods = Object.entries(member).map(([name, method]: [string, unknown]) => {
    // The feed of revocations reads all the time.
    if (typeof method !== 'function' || name === 'since') return [name, method]
    return [
      name,
      async (...parameters: unknown[]): Promise<unknown> => {
        const fails = failing.countdown-- === 0
        if (fails && failing.when === 'before') throw down()
        const result: unknown = await Reflect.apply(method, member, parameters)
        if (fails) throw down()
        return result
      }
    ]
  })
  return Object.fromEntries(methods) as object
}

function down(): Error {
  return Object.assign(new Error('the database is down'), { statusCode: 503 })
}

/** Goes the whole way. Returns the status of the first answer that is not a success, or 200. */
async function authorize(t: Test, origin: string, user: string): Promise<number> {
  const browser = visitor()
  const login = await browser.get(authorizationUrl(origin))
  if (login.status !== 200) return login.status
  const asked = await logIn(browser, login, user)
  if (asked.status !== 200) return asked.status
  const isAsked = new URL(asked.url).pathname === '/authorize/continue'
  const back = isAsked ? await decide(browser, asked) : asked
  if (back.status !== 200) return back.status
  const tokens = await exchange(origin, answerIn(back)['code'] ?? '')
  if (tokens.status !== 200) {
    t.same([tokens.body.access_token, tokens.body.refresh_token], [undefined, undefined])
    return tokens.status
  }
  t.equal(await statusOfItems(origin, tokens.body.access_token), 200)
  return (await refresh(origin, tokens.body.refresh_token)).status
}

for (const when of ['before', 'after'] as const) {
  t.test(`answers 503 when one call of the store fails ${when} its effect; then the client starts again`, async (t) => {
    const failing: Failing = { countdown: -1, when }
    const app = await buildServer(failingStore(memoryStore(), failing), await generateSigningKey())
    t.teardown(() => app.close())
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })
    let call = 0
    for (; failing.countdown < 0; call++) {
      failing.countdown = call
      const status = await authorize(t, origin, `user${call}`)
      if (failing.countdown >= 0) break
      t.equal(status, 503, `call ${call}`)
      t.equal(await authorize(t, origin, `user${call}`), 200, `again after call ${call}`)
    }
    t.ok(call > 12, `${call} calls`)
  })
}
