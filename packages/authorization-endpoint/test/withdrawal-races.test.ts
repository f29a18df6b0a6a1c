import { AsyncLocalStorage } from 'node:async_hooks'
import type { RecordStore } from '@latchkey/store'
import t from 'tap'
import { cli, codesOf, deviceServer } from './fixtures/device.ts'
import { server } from './fixtures/server.ts'
import { cookieOf } from './fixtures/session.ts'

const isWithdrawal = new AsyncLocalStorage<true>()

/**
 * Records with two points in the calls of a request: before the first a withdrawal makes its first call, before the second it
 * makes all others.
 */
interface Race {
  readonly records: (records: RecordStore) => Partial<RecordStore>
  /** Begins a race. `withdraw` runs as the schedule says. */
  begin(first: number, rest: number, withdraw: () => Promise<unknown>): void
  /** Ends the withdrawal. Returns how many calls the request made. */
  end(): Promise<number>
}

function race(): Race {
  let calls = 0
  let points = { first: Infinity, rest: Infinity }
  let withdraw: () => Promise<unknown> = async () => null
  let withdrawal: Promise<unknown> | null = null
  let withdrawalCalls = 0
  let goOn = (): void => {}
  let reached = (): void => {}

  async function pass(): Promise<void> {
    if (isWithdrawal.getStore() === true) {
      // Its first call is allowed. The second waits.
      if (withdrawalCalls++ !== 1) return
      const waiting = new Promise<void>((resolve) => (goOn = resolve))
      reached()
      return waiting
    }
    const at = calls++
    if (at === points.first) await start()
    if (at === points.rest) await finish()
  }

  async function start(): Promise<void> {
    const second = new Promise<void>((resolve) => (reached = resolve))
    withdrawal = isWithdrawal.run(true, withdraw)
    await Promise.race([second, withdrawal])
  }

  async function finish(): Promise<void> {
    if (withdrawal === null) await start()
    goOn()
    await withdrawal
  }

  return {
    records: (records) =>
      Object.fromEntries(
        Object.entries(records).map(([name, method]: [string, (...given: unknown[]) => Promise<unknown>]) => [
          name,
          async (...given: unknown[]) => {
            await pass()
            return Reflect.apply(method, records, given)
          }
        ])
      ),
    begin(first, rest, run) {
      ;[calls, withdrawalCalls, withdrawal] = [0, 0, null]
      points = { first, rest }
      withdraw = run
    },
    async end() {
      points = { first: Infinity, rest: Infinity }
      await finish()
      return calls
    }
  }
}

for (const kind of ['a consent', 'a remembered consent'] as const) {
  t.test(`a withdrawal at any moment of ${kind} leaves no code without a consent`, async (t) => {
    const { records, begin, end } = race()
    const { app, authorize, get, decide, exchange } = await server(t, {
      records,
      endpoint: { requestsPerMinute: 10_000 }
    })
    const { consents, withdrawConsent } = app.authorizationEndpoint
    const outcomes = new Set<string>()
    let most = 1
    for (let first = 0; first <= most; first++) {
      for (let rest = first; rest <= most; rest++) {
        await withdrawConsent('alice', 'app')
        const { location } = await authorize({ prompt: 'consent' })
        await get(location)
        if (kind === 'a remembered consent') await decide(location, 'allow')
        begin(first, rest, async () => withdrawConsent('alice', 'app'))
        const { query } = kind === 'a consent' ? await decide(location, 'allow') : await authorize()
        most = Math.max(most, await end())
        const isUsable = (await exchange(query['code'])).status === 200
        const isListed = (await consents('alice')).length > 0
        t.ok(isListed || !isUsable, `${first}, ${rest}`)
        outcomes.add(`${query['error'] ?? 'code'} ${isUsable} ${isListed}`)
      }
    }
    t.ok(most >= 3, `${most} calls`)
    t.ok(outcomes.has('code false false'))
    t.ok(outcomes.has('access_denied false false'))
  })
}

t.test('a withdrawal at any moment of a decision about a device leaves no device without a consent', async (t) => {
  const { records, begin, end } = race()
  const {
    app,
    begin: codes,
    enter,
    answer,
    poll
  } = await deviceServer(t, {
    records,
    clients: [cli],
    endpoint: { requestsPerMinute: 10_000 }
  })
  const { consents, withdrawConsent } = app.authorizationEndpoint
  const errors = new Set<unknown>()
  let most = 1
  for (let first = 0; first <= most; first++) {
    for (let rest = first; rest <= most; rest++) {
      await withdrawConsent('alice', 'cli')
      const { deviceCode, userCode } = codesOf(await codes())
      await enter(userCode)
      begin(first, rest, async () => withdrawConsent('alice', 'cli'))
      await answer(userCode, 'allow')
      most = Math.max(most, await end())
      const { status, json } = await poll(deviceCode)
      const isListed = (await consents('alice')).length > 0
      t.ok(isListed || status !== 200, `${first}, ${rest}`)
      errors.add(json['error'])
    }
  }
  t.ok(most >= 6, `${most} calls`)
  t.ok(errors.has('access_denied'))
})

t.test('a user decides again about a device after the store failed between decision and consent', async (t) => {
  let fails = true
  const { begin, enter, answer, poll } = await deviceServer(t, {
    records: (records) => ({
      async create(record, most) {
        if (fails && record.kind === 'consent') throw Object.assign(new Error('down'), { statusCode: 503 })
        return records.create(record, most)
      }
    })
  })
  const { deviceCode, userCode } = codesOf(await begin())
  await enter(userCode)
  t.equal((await answer(userCode, 'allow')).status, 503)
  t.equal((await poll(deviceCode)).json['error'], 'authorization_pending')
  fails = false
  const bob = cookieOf({ id: 's2', subject: 'bob' })
  await enter(userCode, bob)
  t.equal((await answer(userCode, 'allow', bob)).status, 410, 'alice has decided')
  await enter(userCode)
  t.equal((await answer(userCode, 'allow')).status, 200)
  t.equal((await poll(deviceCode)).status, 200)
})
