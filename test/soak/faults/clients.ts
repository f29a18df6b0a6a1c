// Clients that send too much, too slowly or nonsense.
import { equal, match, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import guard, { everyone } from '@latchkey/guard'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import Fastify from 'fastify'
import { dribble, slowClients } from '../../faults/dribble.ts'
import { abort, type Answer, clientOf, cookiesOf, exchange } from '../client.ts'
import { corrupted, sameOrigin } from '../guarded-routes.ts'
import { abortedSignIn, largeRequest } from '../rude-clients.ts'
import { several } from '../several.ts'
import { PASSWORD, passwordRequest } from '../token-requests.ts'
import { all, becomes, type Fault, manyAtOnce, startSession, statuses, timed } from './fault.ts'

const busy = { 'password, right': [503], 'password, wrong': [503] }

const burst: Fault = {
  number: 20,
  injected: 'a burst of 500 sign-ins with the right password, at once',
  expected: 'each answer is 200, or 503 with `Retry-After` above the limit of the queue; other requests go on',
  allows: busy,
  async inject({ world, state, load }) {
    const client = clientOf(world.port, 500)
    load.latency.reset()
    await state()
    await setTimeout(3_000)
    const before = load.latency.percentile(99) / 1_000
    load.latency.reset()
    try {
      const { result, took } = await timed(() =>
        several(500, (at) => client.ask(passwordRequest(`user-${at % 200}`, PASSWORD)))
      )
      const refused = result.filter(({ status }) => status === 503)
      ok(refused.every(({ headers }) => /^\d+$/.test(String(headers['retry-after']))))
      ok(
        result.every(({ status }) => status === 200 || status === 503),
        statuses(result)
      )
      ok(refused.length > 0 && refused.length < result.length, statuses(result))
      const { delay } = await state()
      const [median, p99] = [50, 99].map((percentile) => (load.latency.percentile(percentile) / 1_000).toFixed(0))
      return `${statuses(result)} in ${took} ms; longest delay of the event loop: ${delay} ms; good tokens meanwhile: median ${median} ms, p99 ${p99} ms, and ${before.toFixed(0)} ms before`
    } finally {
      await client.close()
    }
  }
}

const slow: Fault = {
  number: 21,
  injected: '60 clients that send their headers or bodies a byte at a time, and one with 17 KiB of headers',
  expected: 'they are cut off after a few seconds, or with 431; others are served',
  async inject({ world, owner }) {
    const ends = await Promise.all(
      slowClients.flatMap((client) => Array.from({ length: 20 }, () => dribble(owner, world.origin, client)))
    )
    for (const { answer } of ends) match(answer, /^(?:HTTP\/1\.1 (?:408|401) |$)/)
    const longest = Math.max(...ends.map(({ took }) => took))
    ok(longest < 10_000, `${longest} ms`)
    const large = await exchange(world.port, largeRequest)
    match(large, /^HTTP\/1\.1 431 /)
    return `all cut off after ${longest} ms at most; 17 KiB of headers: 431`
  }
}

const aborted: Fault = {
  number: 22,
  injected: '100 clients send a right password and break the connection at once',
  expected: 'their hashes are dropped; no rejection without a handler; the next sign-in is 200',
  allows: busy,
  async inject({ world, client, state }) {
    await several(100, () => abort(world.port, abortedSignIn))
    const seconds = await becomes(200, () => client.ask(passwordRequest('user-3', PASSWORD)))
    const { unhandled } = await state()
    equal(unhandled.length, 0)
    return `the next sign-in: 200 after ${seconds} s; rejections without a handler: ${unhandled.length}`
  }
}

/** A cookie that another secret has sealed. */
async function foreignCookie(origin: string): Promise<string> {
  const app = Fastify()
  await app.register(guard)
  await app.register(session, { secrets: [randomBytes(32).toString('base64url')], store: memoryStore(), origin })
  app.post('/sign-in', { config: { access: everyone } }, async (_request, reply) => {
    await reply.signIn({ subject: 'somebody' })
    return ''
  })
  const { headers } = await app.inject({ method: 'POST', url: '/sign-in', headers: sameOrigin })
  await app.close()
  return cookiesOf({ status: 200, headers: headers as Answer['headers'], body: '' }) // without numbers
}

const cookies: Fault = {
  number: 25,
  injected: 'a storm of corrupted cookies, and of cookies that a removed secret has sealed',
  expected: 'each counts as absent: 401, never 500',
  async inject({ client, world, flood }) {
    const foreign = await foreignCookie(world.origin)
    const good = world.stock.sessions.any() ?? ''
    const answers = await manyAtOnce(flood / 5, (at) =>
      client.ask({ path: '/me', headers: { cookie: at % 2 ? foreign : corrupted(good) } })
    )
    all(answers, 401)
    return statuses(answers)
  }
}

const large: Fault = {
  number: 26,
  injected: 'a sign-in with 5,000 characters of claims, by a browser with a session',
  expected: '500 with the code of the error, no cookie; the earlier session works',
  async inject({ client }) {
    const cookie = await startSession(client)
    const answer = await client.ask({ method: 'POST', path: '/grow', headers: { ...sameOrigin, cookie } })
    equal(answer.status, 500)
    equal(answer.headers['set-cookie'], undefined)
    match(answer.body, /LATCHKEY_SESSION_TOO_LARGE/)
    const { status } = await client.ask({ path: '/me', headers: { cookie } })
    equal(status, 200)
    return `${answer.status} LATCHKEY_SESSION_TOO_LARGE, no cookie; the earlier session: ${status}`
  }
}

export const clients: readonly Fault[] = [burst, slow, aborted, cookies, large]
