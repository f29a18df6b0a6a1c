import t, { type Test } from 'tap'
import type { Store } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { generateSigningKey } from '@latchkey/token-endpoint'
import { visitor } from '../visitor.ts'
import { answerIn, authorizationUrl, decide, exchange, logIn, refresh, statusOfItems } from './client.ts'
import { begin, cli, confirmDevice, decideDevice, openDevice, poll, refreshDevice } from './device.ts'
import { openPushed, push } from './pushed.ts'
import { manage, register } from './registration.ts'
import { app, buildServer } from './server.ts'

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

/** Connects a device. Returns the status of the first answer that is not a success, or 200. */
async function connect(t: Test, origin: string, user: string): Promise<number> {
  const { status, body: codes } = await begin(origin)
  if (status !== 200) return status
  const browser = visitor()
  const entered = await openDevice(browser, origin, codes, user)
  if (entered.status !== 200) return entered.status
  for (const step of [confirmDevice, decideDevice]) {
    const page = await step(browser, origin, codes)
    if (page.status !== 200) return page.status
  }
  const tokens = await poll(origin, codes)
  t.equal('access_token' in tokens.body, tokens.status === 200)
  if (tokens.status !== 200) return tokens.status
  t.equal(await statusOfItems(origin, tokens.body.access_token), 200)
  return (await refreshDevice(origin, tokens.body.refresh_token)).status
}

/** Pushes a request. Returns the status of the first answer that is not a success, or 200. */
async function usePushed(_t: Test, origin: string, user: string): Promise<number> {
  const { status, requestUri } = await push(origin)
  if (status !== 201) return status
  const browser = visitor()
  const login = await openPushed(origin, requestUri, browser)
  return login.status === 200 ? (await logIn(browser, login, user)).status : login.status
}

/** Registers a client, and removes it. Returns the status of the first answer that is not a success, or 200. */
async function useRegistered(_t: Test, origin: string): Promise<number> {
  const { status, body } = await register(origin)
  if (status !== 201) return status
  const read = await manage(origin, 'GET', body)
  if (read !== 200) return read
  const asked = await visitor().get(authorizationUrl(origin, { client_id: body.client_id }))
  if (asked.status !== 200) return asked.status
  const removed = await manage(origin, 'DELETE', body)
  return removed === 204 ? 200 : removed
}

for (const when of ['before', 'after'] as const) {
  for (const [what, go, least] of [
    ['an authorization', authorize, 12],
    ['the connection of a device', connect, 12],
    ['a pushed request', usePushed, 6],
    ['a registration', useRegistered, 4]
  ] as const) {
    t.test(
      `${what}: answers 503 when one call of the store fails ${when} its effect; then the client starts again`,
      async (t) => {
        const failing: Failing = { countdown: -1, when }
        const endpoint = { device: true, pushedRequestPath: '/par', registration: { perMinute: 1000 } }
        const store = failingStore(memoryStore(), failing)
        const fastify = await buildServer(store, await generateSigningKey(), { clients: [app, cli], endpoint })
        t.teardown(() => fastify.close())
        const origin = await fastify.listen({ port: 0, host: '127.0.0.1' })
        let call = 0
        for (; failing.countdown < 0; call++) {
          failing.countdown = call
          const status = await go(t, origin, `user${call}`)
          if (failing.countdown >= 0) break
          t.equal(status, 503, `call ${call}`)
          t.equal(await go(t, origin, `user${call}`), 200, `again after call ${call}`)
        }
        t.ok(call > least, `${call} calls`)
      }
    )
  }
}
