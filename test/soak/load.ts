import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { type Answer, type Client, NO_ANSWER } from './client.ts'
import type { Flow, FlowContext, World } from './flow.ts'

/** Statuses that a fault may cause, by the names of flows. `*` is for every flow. */
export type Allowances = Readonly<Record<string, readonly number[]>>

/** The load on the server, from its start until `stop()`. */
export interface Load {
  /** How many requests were sent. */
  readonly sent: number
  /** How often each status was the answer, by flow. */
  readonly counts: ReadonlyMap<string, ReadonlyMap<number, number>>
  /** Answers that are not allowed: how many, and a description of the first ones. */
  readonly unexpected: { readonly count: number; readonly first: readonly string[] }
  /** Milliseconds for the requests with a remembered token, since it was reset. */
  readonly latency: RecordableHistogram
  /** Sends requests at full speed up to this number, and then slowly. Resolves when they are sent. */
  upTo(requests: number): Promise<void>
  /** Allows more statuses until the returned function is called. */
  allow(allowances: Allowances): () => void
  /** Runs a call while these flows rest: it waits for those under way, and starts none until the call has ended. */
  without<T>(names: readonly string[], call: () => Promise<T>): Promise<T>
  /** Runs a flow once. Returns whether all its statuses were the usual ones. */
  attempt(flow: Flow): Promise<boolean>
  stop(): Promise<void>
}

const WORKERS = 32
/** Between two requests of one worker that is ahead, and after a request without an answer, in milliseconds. */
const PAUSE = 100
const MOST_DESCRIPTIONS = 40
const TIMED = 'remembered token'

export function startLoad(world: World, client: Client, flows: readonly Flow[]): Load {
  const counts = new Map(flows.map(({ name }) => [name, new Map<number, number>()]))
  const underWay = new Map<string, number>()
  const resting = new Set<string>()
  const allowances = new Set<Allowances>()
  const first: string[] = []
  const latency = createHistogram()
  let [sent, most, unexpected, stopped] = [0, 0, 0, false]
  const workers = Array.from({ length: WORKERS }, work)

  return {
    get sent() {
      return sent
    },
    counts,
    get unexpected() {
      return { count: unexpected, first }
    },
    latency,
    async upTo(requests) {
      most = Math.max(most, requests)
      while (sent < requests) await setTimeout(PAUSE)
    },
    allow(more) {
      allowances.add(more)
      return () => allowances.delete(more)
    },
    async without(names, call) {
      for (const name of names) resting.add(name)
      try {
        while (names.some((name) => (underWay.get(name) ?? 0) > 0)) await setTimeout(1)
        return await call()
      } finally {
        for (const name of names) resting.delete(name)
      }
    },
    attempt: run,
    async stop() {
      stopped = true
      await Promise.all(workers)
    }
  }

  async function work(): Promise<void> {
    while (!stopped) {
      if (sent >= most) await setTimeout(PAUSE)
      const flow = chosen(flows)
      if (!resting.has(flow.name)) await run(flow)
    }
  }

  async function run(flow: Flow): Promise<boolean> {
    const { name } = flow
    // A fault that ends during the flow still explains its answers.
    const atStart = [...allowances]
    let isUsual = true
    underWay.set(name, (underWay.get(name) ?? 0) + 1)
    try {
      await flow.run({ ...world, send, count, wrong: report } satisfies FlowContext)
    } catch (error) {
      report(error instanceof Error ? (error.stack ?? error.message) : 'no Error')
    } finally {
      underWay.set(name, (underWay.get(name) ?? 1) - 1)
    }
    return isUsual

    async function send(request: Parameters<Client['ask']>[0], allowed = flow.allowed): Promise<Answer> {
      const began = performance.now()
      const answer = await client.ask(request)
      if (name === TIMED) latency.record(Math.max(1, Math.round((performance.now() - began) * 1_000)))
      count(answer.status, allowed, answer)
      if (answer.status === NO_ANSWER) await setTimeout(PAUSE)
      return answer
    }

    function count(status: number, allowed: readonly number[] = flow.allowed, answer?: Answer): void {
      sent++
      const own = counts.get(name)
      own?.set(status, (own.get(status) ?? 0) + 1)
      if (allowed.includes(status)) return
      isUsual = false
      const isExplained = [...atStart, ...allowances].some((each) =>
        [each[name], each['*']].some((statuses) => statuses?.includes(status))
      )
      if (!isExplained) report(`${status} instead of ${allowed.join(' or ')}: ${answer?.body.slice(0, 200) ?? ''}`)
    }

    function report(what: string): void {
      isUsual = false
      unexpected++
      if (first.length < MOST_DESCRIPTIONS) first.push(`${name}: ${what}`)
    }
  }
}

function chosen(flows: readonly Flow[]): Flow {
  const total = flows.reduce((sum, { share }) => sum + share, 0)
  let at = Math.random() * total
  for (const flow of flows) {
    at -= flow.share
    if (at < 0) return flow
  }
  throw new Error('there are no flows')
}
