// Processes that end, and processes that work side by side.
import { equal, ok } from 'node:assert/strict'
import { type Answer, type Client, clientOf, members, NO_ANSWER } from '../client.ts'
import { startServer } from '../server-process.ts'
import { several } from '../several.ts'
import type { Soak } from '../soak.ts'
import { steadyPort } from '../steady-port.ts'
import { familyOf } from '../stock.ts'
import { credentialsRequest, PASSWORD, passwordRequest, refreshRequest } from '../token-requests.ts'
import { becomes, type Fault, items, refreshes, signIn, startSession, statuses, timed } from './fault.ts'

// A server that has just started has not read the revocations yet.
const whileDown = { '*': [NO_ANSWER, 503] }

/** Takes things that must outlive the process. The returned function checks them, and describes the result. */
async function keepsakes(soak: Soak): Promise<() => Promise<string>> {
  const { client, world } = soak
  const cookie = await startSession(client)
  const family = await signIn(soak)
  const token = String(members(await client.ask(credentialsRequest(world.jobSecret)))['access_token'])
  const client_secret = world.jobSecret
  equal((await client.ask({ path: '/revoke', form: { token, client_id: 'job', client_secret } })).status, 200)
  return async () => {
    await becomes(200, () => items(soak, family.accessToken))
    equal((await client.ask({ path: '/me', headers: { cookie } })).status, 200, 'the session')
    equal((await items(soak, token)).status, 401, 'the revoked token')
    equal((await client.ask(refreshRequest(family.refreshToken))).status, 200, 'the refresh token')
    return 'session, tokens and revocation of before were kept'
  }
}

/** Kills the process while a refresh waits at a stop, and starts another one. Returns the refresh token that was sent. */
async function killedAt(soak: Soak, stop: 'before rotating' | 'after rotating'): Promise<string> {
  const { refreshToken } = await signIn(soak)
  await soak.set({ stop })
  const stopped = soak.server().stopped()
  const lost = soak.client.ask(refreshRequest(refreshToken))
  await stopped
  await soak.end('SIGKILL')
  equal((await lost).status, NO_ANSWER)
  await soak.start()
  return refreshToken
}

const killedBefore: Fault = {
  number: 16,
  injected: '`kill -9` while a refresh waits, before it is in the database',
  expected: 'the refresh token works as before; sessions, tokens and revocations are kept',
  allows: whileDown,
  async inject(soak) {
    return soak.load.without(refreshes, async () => {
      const kept = await keepsakes(soak)
      const before = await soak.tokens.count()
      const token = await killedAt(soak, 'before rotating')
      equal((await soak.tokens.count()).used, before.used)
      const next = await soak.client.ask(refreshRequest(token))
      equal(next.status, 200)
      const after = await soak.client.ask(refreshRequest(familyOf(next).refreshToken))
      equal(after.status, 200)
      return `no answer, then ${next.status}, and ${after.status} with its successor; ${await kept()}`
    })
  }
}

const killedAfter: Fault = {
  number: 15,
  injected: '`kill -9` while a refresh waits, after it is in the database and before its answer',
  expected: 'a retry in the grace period gets the one successor; sessions, tokens and revocations are kept',
  allows: whileDown,
  async inject(soak) {
    return soak.load.without(refreshes, async () => {
      const kept = await keepsakes(soak)
      const token = await killedAt(soak, 'after rotating')
      const answers = await several(2, () => soak.client.ask(refreshRequest(token)))
      equal(statuses(answers), '200 × 2')
      equal(new Set(answers.map((answer) => familyOf(answer).refreshToken)).size, 1)
      const [next = ''] = answers.map((answer) => familyOf(answer).refreshToken)
      const after = await soak.client.ask(refreshRequest(next))
      equal(after.status, 200)
      return `no answer, then ${statuses(answers)} with 1 successor, and ${after.status} with it; ${await kept()}`
    })
  }
}

const terminated: Fault = {
  number: 23,
  injected: 'SIGTERM under load',
  expected: 'the process ends with 0 within 10 seconds; sessions, tokens and revocations are kept',
  allows: whileDown,
  async inject(soak) {
    const kept = await keepsakes(soak)
    const { result, took } = await timed(() => soak.end('SIGTERM'))
    await soak.start()
    equal(result, 0)
    ok(took < 10_000, `${took} ms`)
    return `ended with ${result} after ${took} ms; ${await kept()}`
  }
}

/** Runs a call with a second process, which has the same databases and the session secrets in another order. */
async function withSecondProcess<T>(soak: Soak, call: (second: Client) => Promise<T>): Promise<T> {
  const port = await steadyPort()
  const second = await startServer({ ...soak.order, port, sessionSecrets: [...soak.order.sessionSecrets].reverse() })
  const client = clientOf(port)
  try {
    return await call(client)
  } finally {
    await client.close()
    equal(await second.end('SIGTERM'), 0)
  }
}

const parallel: Fault = {
  number: 19,
  injected: '50 refreshes of one token at once, at two processes',
  expected: 'all get the same successor, and the database has one more used token',
  async inject(soak) {
    return withSecondProcess(soak, (second) =>
      soak.load.without(refreshes, async () => {
        const { refreshToken } = await signIn(soak)
        const before = await soak.tokens.count()
        const answers = await several(50, (at) => (at % 2 ? second : soak.client).ask(refreshRequest(refreshToken)))
        equal(statuses(answers), '200 × 50')
        const successors = new Set(answers.map((answer) => familyOf(answer).refreshToken)).size
        equal(successors, 1)
        const used = (await soak.tokens.count()).used - before.used
        equal(used, 1)
        return `${statuses(answers)} with ${successors} successor; ${used} more used token in the database`
      })
    )
  }
}

const rollingDeploy: Fault = {
  number: 24,
  injected: 'a second process with the newer session secret first, beside the first process',
  expected: 'each accepts the cookies and the tokens of the other; a revocation at one is in force at the other',
  async inject(soak) {
    const { client } = soak
    return withSecondProcess(soak, async (second) => {
      const me = (at: Client, cookie: string): Promise<Answer> => at.ask({ path: '/me', headers: { cookie } })
      const cookies = [await me(second, await startSession(client)), await me(client, await startSession(second))]
      equal(statuses(cookies), '200 × 2')
      const family = familyOf(await second.ask(passwordRequest('user-2', PASSWORD)))
      const own = () => items(soak, family.accessToken)
      equal((await own()).status, 200)
      equal((await second.ask({ path: '/revoke', form: { token: family.refreshToken } })).status, 200)
      const seconds = await becomes(401, own)
      ok(seconds <= 2, `the revoked token worked for ${seconds} s`)
      return `cookies of the other process: ${statuses(cookies)}; a token of the other process: 200, and 401 ${seconds} s after its revocation there`
    })
  }
}

export const processes: readonly Fault[] = [rollingDeploy, parallel, terminated, killedBefore, killedAfter]
