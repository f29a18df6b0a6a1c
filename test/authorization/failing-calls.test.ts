import t, { type Test } from 'tap'
import type { Store } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { type Client, generateSigningKey } from '@latchkey/token-endpoint'
import { visitor } from '../visitor.ts'
import { answerIn, authorizationUrl, decide, exchange, logIn, refresh, statusOfItems } from './client.ts'
import { app, buildServer } from './server.ts'

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
const cli: Client = { clientId: 'cli', clientName: 'Command Line', grantTypes: [DEVICE_CODE, 'refresh_token'] }

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
  const codes = await post(`${origin}/device_authorization`, { scope: 'items:read' })
  if (codes.status !== 200) return codes.status
  const { user_code = '', device_code = '' } = codes.body
  const browser = visitor()
  const entered = await logIn(browser, await browser.get(`${origin}/device?user_code=${user_code}`), user)
  if (entered.status !== 200) return entered.status
  const asked = await browser.post(`${origin}/device`, { user_code })
  if (asked.status !== 200) return asked.status
  const decided = await browser.post(`${origin}/device/decision`, { user_code, decision: 'allow' })
  if (decided.status !== 200) return decided.status
  const { status, body } = await post(`${origin}/token`, { grant_type: DEVICE_CODE, device_code })
  t.equal('access_token' in body, status === 200)
  if (status !== 200) return status
  t.equal(await statusOfItems(origin, body['access_token']), 200)
  const { refresh_token = '' } = body
  return (await post(`${origin}/token`, { grant_type: 'refresh_token', refresh_token })).status
}

/** Pushes a request. Returns the status of the first answer that is not a success, or 200. */
async function push(_t: Test, origin: string, user: string): Promise<number> {
  const { searchParams } = new URL(authorizationUrl(origin))
  const pushed = await post(`${origin}/par`, { ...Object.fromEntries(searchParams), client_id: 'app' })
  if (pushed.status !== 201) return pushed.status
  const { request_uri = '' } = pushed.body
  const browser = visitor()
  const query = new URLSearchParams({ client_id: 'app', request_uri }).toString()
  const login = await browser.get(`${origin}/authorize?${query}`)
  return login.status === 200 ? (await logIn(browser, login, user)).status : login.status
}

/** Registers a client, and removes it. Returns the status of the first answer that is not a success, or 200. */
async function register(_t: Test, origin: string): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ redirect_uris: ['https://reader.example.com/callback'] })
  const added = await fetch(`${origin}/register`, { method: 'POST', headers, body })
  if (added.status !== 201) return added.status
  const { client_id: id, registration_access_token: token } = (await added.json()) as Readonly<Record<string, string>> // by RFC 7592 §3
  const url = `${origin}/register/${id}`
  const authorization = `Bearer ${token}`
  const read = await fetch(url, { headers: { authorization } })
  if (read.status !== 200) return read.status
  const asked = await visitor().get(
    authorizationUrl(origin, { client_id: id, redirect_uri: 'https://reader.example.com/callback' })
  )
  if (asked.status !== 200) return asked.status
  const removed = await fetch(url, { method: 'DELETE', headers: { authorization } })
  return removed.status === 204 ? 200 : removed.status
}

async function post(
  url: string,
  form: Readonly<Record<string, string>>
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, string>> }> {
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ client_id: 'cli', ...form }) })
  return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, string>> } // of the endpoints above
}

for (const when of ['before', 'after'] as const) {
  for (const [what, go, least] of [
    ['an authorization', authorize, 12],
    ['the connection of a device', connect, 12],
    ['a pushed request', push, 6],
    ['a registration', register, 4]
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
