import t, { type Test } from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { generateSigningKey } from '@latchkey/token-endpoint'
import {
  answerIn,
  authorizationUrl,
  codeFor,
  decide,
  exchange,
  logIn,
  refresh,
  statusOfItems
} from '../authorization/client.ts'
import { buildServer } from '../authorization/server.ts'
import { mariadb, postgres, redis, sqlite } from '../databases.ts'
import { openStorage, type Place } from '../../examples/storage.ts'
import { type Seen, type Visitor, visitor } from '../visitor.ts'
import type { SigningKey } from './server.ts'
import type { Stop } from './standing-store.ts'
import { layWire } from './wire.ts'
import { startProcess } from './served-issuers.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(300_000)

async function serve(t: Test, place: Place, key: SigningKey): Promise<string> {
  const store = await openStorage(place)
  t.teardown(() => store.close())
  const app = await buildServer(store, key)
  t.teardown(() => app.close())
  return app.listen({ port: 0, host: '127.0.0.1' })
}

for (const { name, skip, port, open } of [postgres, mariadb, redis]) {
  t.test(`while ${name} is down no step succeeds, and none is spent (FAULT-12, FAULT-13)`, { skip }, async (t) => {
    const [database, key, wire] = [await open(t), await generateSigningKey(), await layWire(t, port)]
    const origin = await serve(t, database.placeAt(wire.port), key)
    const browser = visitor()
    const code = await codeFor(browser, origin)
    const stranger = visitor()
    const login = await stranger.get(authorizationUrl(origin))
    const waiting = await logIn(stranger, login, 'bob')

    await wire.unplug()
    for (const [step, seen] of Object.entries({
      'a new request': await visitor().get(authorizationUrl(origin)),
      'a request of a session': await browser.get(authorizationUrl(origin)),
      'a silent request': await browser.get(authorizationUrl(origin, { client_id: 'web', prompt: 'none' })),
      'a waiting request': await stranger.get(waiting.url),
      'a decision': await decide(stranger, waiting),
      'a refusal': await decide(stranger, waiting, 'deny')
    })) {
      t.equal(seen.status, 503, step)
      t.equal(seen.headers['retry-after'], '5', step)
      t.equal(new URL(seen.url).searchParams.get('code'), null, step)
    }
    const refused = await exchange(origin, code)
    t.same([refused.status, refused.body.error], [503, 'temporarily_unavailable'])
    t.equal((await browser.post(`${origin}/withdraw`)).status, 503)

    await wire.plugIn()
    const tokens = await until(async () => exchange(origin, code))
    t.equal(tokens.status, 200)
    t.equal(await statusOfItems(origin, tokens.body.access_token), 200)
    const allowed = await decide(stranger, await until(async () => stranger.get(waiting.url)))
    t.equal((await exchange(origin, answerIn(allowed)['code'] ?? '')).status, 200)
  })
}

/** A client and a user on their way. */
interface Attempt {
  readonly browser: Visitor
  /** The last page that the browser got. */
  page: Seen | null
  code: string | null
}

// The status of the last page after the process was killed, or of the exchange of the code.
const stops: readonly (readonly [Stop, { readonly page: number | null } | { readonly exchange: number }])[] = [
  ['before creating authorization-request', { page: null }],
  ['after creating authorization-request', { page: null }],
  ['before replacing authorization-request', { page: 200 }],
  ['after replacing authorization-request', { page: 200 }],
  ['before removing authorization-request', { page: 200 }],
  ['after removing authorization-request', { page: 410 }],
  ['before creating consent', { page: 410 }],
  ['after creating consent', { page: 410 }],
  ['before creating authorization-code', { page: 410 }],
  ['after creating authorization-code', { page: 410 }],
  ['before replacing authorization-code', { exchange: 200 }],
  ['after replacing authorization-code', { exchange: 400 }]
]

for (const { name, skip, open } of [postgres, mariadb, redis, sqlite]) {
  t.test(`a process with its records in ${name} is killed during an authorization`, { skip }, async (t) => {
    const [database, key] = [await open(t), await generateSigningKey()]
    const servers = stops.map(([stop]) => ({ gracePeriod: 0, authorizes: {}, stop }))
    const worker = await startProcess(t, { place: database.placeAt(), key, servers })
    const attempts: Attempt[] = []
    const lost: Promise<unknown>[] = []
    for (const [at, origin] of worker.origins.entries()) {
      const attempt: Attempt = { browser: visitor(), page: null, code: null }
      const stopped = worker.stopped()
      lost.push(rejectsLike(t, go(attempt, origin, `user${at}`), {}, 'there is no answer'))
      await stopped
      attempts.push(attempt)
    }
    await worker.kill()
    await Promise.all(lost)
    t.same(await database.count(), { used: 0, unused: 0 })

    const there = await serve(t, database.placeAt(), key)
    for (const [at, [stop, then]] of stops.entries()) {
      await t.test(`${stop}: the client can start again (FAULT-16)`, async (t) => {
        const { browser, page, code } = attempts[at] ?? { browser: visitor(), page: null, code: null }
        const here = worker.origins[at] ?? ''
        if ('exchange' in then) {
          t.equal((await exchange(there, code ?? '', { issuedAt: here })).status, then.exchange)
        } else if (then.page === null) {
          t.equal(page, null)
        } else {
          t.equal((await browser.get(page?.url.replace(here, there) ?? '')).status, then.page)
        }
        const tokens = await exchange(there, await codeFor(browser, there))
        t.equal(tokens.status, 200)
        t.equal(await statusOfItems(there, tokens.body.access_token), 200)
        t.equal((await refresh(there, tokens.body.refresh_token)).status, 200)
      })
    }
  })
}

/** Goes on until a request is not answered. */
async function go(attempt: Attempt, origin: string, user: string): Promise<void> {
  const { browser } = attempt
  attempt.page = await browser.get(authorizationUrl(origin))
  attempt.page = await logIn(browser, attempt.page, user)
  const back = await decide(browser, attempt.page)
  attempt.code = answerIn(back)['code'] ?? ''
  await exchange(origin, attempt.code)
}

/** Repeats a request until the store is there again. */
async function until<T extends { readonly status: number }>(send: () => Promise<T>): Promise<T> {
  const answer = await send()
  return answer.status === 503 ? until(send) : answer
}
