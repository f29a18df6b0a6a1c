// Databases that do not answer.
import { equal, ok } from 'node:assert/strict'
import type { Answer } from '../client.ts'
import type { Allowances } from '../load.ts'
import { several } from '../several.ts'
import { familyOf } from '../stock.ts'
import { PASSWORD, passwordRequest, refreshRequest } from '../token-requests.ts'
import { becomes, type Fault, items, refreshes, signIn, startSession, statuses } from './fault.ts'

// A part of the statement that only a rotation sends.
const ROTATION = 'set "used_at" = '

/** Flows that need the tokens in PostgreSQL. */
const withoutTokens: Allowances = Object.fromEntries(
  [
    ...refreshes,
    'password, wrong',
    'token of this server',
    'refresh, unknown token',
    'client credentials',
    'token of a client, and its revocation',
    'introspection'
  ].map((name) => [name, [503]])
)

/** Flows that need the sessions in Redis. */
const withoutSessions: Allowances = Object.fromEntries(
  [
    'session',
    'sign-in, and sign-out of half of them',
    'session, from another site',
    'corrupted cookie',
    'login with a provider'
  ].map((name) => [name, [500, 503]])
)

function isUnavailable({ status, headers }: Answer): void {
  equal(status, 503)
  equal(headers['retry-after'], '5')
  equal(headers['cache-control'], 'no-store')
}

const refreshWithoutStore: Fault = {
  number: 12,
  injected: 'PostgreSQL cannot be reached: all connections are cut, and new ones refused',
  expected:
    'a refresh is 503 with `Retry-After` and consumes nothing; tokens of this server become 503, because their revocation is checked; tokens of other issuers and sessions stay 200',
  allows: withoutTokens,
  async inject(soak) {
    const { client, world, wires } = soak
    const family = await signIn(soak)
    const own = () => items(soak, family.accessToken)
    await wires.tokens.unplug()
    const refused = await several(2, () => client.ask(refreshRequest(family.refreshToken)))
    refused.forEach(isUnavailable)
    const stale = await becomes(503, own)
    const others = await several(20, async () => items(soak, await world.stock.fresh()))
    equal(statuses(others), '200 × 20')
    await wires.tokens.plugIn()
    const seconds = await becomes(200, () => client.ask(refreshRequest(family.refreshToken)))
    await becomes(200, own)
    return `refresh: ${statuses(refused)}; own token: 503 after ${stale} s; other issuer: ${statuses(others)}; the same refresh token: 200, ${seconds} s after the end`
  }
}

const revocationWithoutStore: Fault = {
  number: 13,
  injected: 'PostgreSQL cannot be reached',
  expected: 'a revocation is 503 and never a success; later it succeeds, and the token is refused',
  allows: withoutTokens,
  async inject(soak) {
    const { client, wires } = soak
    const family = await signIn(soak)
    const revoke = (token: string) => client.ask({ path: '/revoke', form: { token } })
    await wires.tokens.unplug()
    const refused = await Promise.all([family.refreshToken, family.accessToken].map(revoke))
    refused.forEach(isUnavailable)
    await wires.tokens.plugIn()
    const seconds = await becomes(200, () => revoke(family.refreshToken))
    const { status } = await client.ask(refreshRequest(family.refreshToken))
    equal(status, 400)
    const use = await becomes(401, () => items(soak, family.accessToken))
    return `${statuses(refused)}; 200 ${seconds} s after the end; then the refresh token is ${status}, and the access token 401 after ${use} s`
  }
}

const sessionsWithoutStore: Fault = {
  number: 14,
  injected: 'Redis cannot be reached: all connections are cut, and new ones refused',
  expected:
    'a request with a session is 503, and the browser keeps its cookie; tokens stay 200; later the session works',
  allows: withoutSessions,
  async inject(soak) {
    const { client, world, wires } = soak
    const cookie = await startSession(client)
    const me = () => client.ask({ path: '/me', headers: { cookie } })
    equal((await me()).status, 200)
    await wires.sessions.unplug()
    const refused = await several(20, me)
    ok(refused.every(({ headers }) => headers['set-cookie'] === undefined))
    equal(statuses(refused), '503 × 20')
    const { status } = await items(soak, await world.stock.fresh())
    equal(status, 200)
    await wires.sessions.plugIn()
    const seconds = await becomes(200, me)
    return `session: ${statuses(refused)}, no cookie changed; token: ${status}; the same session: 200, ${seconds} s after the end`
  }
}

const lostAnswer: Fault = {
  number: 17,
  injected: 'the connection to PostgreSQL is cut after it has exchanged a refresh token, before its answer arrives',
  expected: 'the first answer is 503; the next attempt counts as a retry; there is one successor',
  allows: { '*': [503] },
  async inject(soak) {
    const { client, wires } = soak
    return soak.load.without(refreshes, async () => {
      const family = await signIn(soak)
      const before = await soak.tokens.count()
      wires.tokens.cutAnswerTo(ROTATION)
      const lost = await client.ask(refreshRequest(family.refreshToken))
      isUnavailable(lost)
      const answers = await several(2, () => client.ask(refreshRequest(family.refreshToken)))
      equal(statuses(answers), '200 × 2')
      const successors = new Set(answers.map((answer) => familyOf(answer).refreshToken)).size
      equal(successors, 1)
      const used = (await soak.tokens.count()).used - before.used
      equal(used, 1)
      return `${lost.status}, then ${statuses(answers)} with ${successors} successor; ${used} more used token in the database`
    })
  }
}

const countsWithoutStore: Fault = {
  number: 29,
  injected: 'Redis, which has the counts of failed attempts, cannot be reached',
  expected: 'the process counts by itself: wrong passwords are 400 and then 429; a right password stays 200',
  allows: withoutSessions,
  async inject(soak) {
    const { client, wires } = soak
    await wires.sessions.unplug()
    const wrong: Answer[] = []
    for (let at = 0; at < 14; at++) wrong.push(await client.ask(passwordRequest('user-9', 'wrong', '192.0.2.9')))
    const right = await client.ask(passwordRequest('user-10', PASSWORD, '192.0.2.10'))
    await wires.sessions.plugIn()
    equal(right.status, 200)
    equal(statuses(wrong), '400 × 10, 429 × 4')
    const { log } = await soak.state()
    const lines = Object.entries(log).filter(([message]) => /count/i.test(message))
    const counted = lines.reduce((sum, [, count]) => sum + count, 0)
    return `wrong: ${statuses(wrong)}; right: ${right.status}; log lines about counts so far: ${counted}`
  }
}

export const stores: readonly Fault[] = [
  refreshWithoutStore,
  revocationWithoutStore,
  sessionsWithoutStore,
  countsWithoutStore,
  lostAnswer
]
