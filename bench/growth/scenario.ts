// Whether a request costs more when a server has more routes, issuers or keys. Both servers are in one process and take
// short turns: they share the compiled code, the heap and the moment. The result is the median of the ratios of all rounds.
import { type Contender, sendsNew } from '../contender.ts'
import { connections, type Connections, type Headers, requestText, type Target } from '../load.ts'
import { ANY, CLIENT, pin } from '../pinning.ts'
import { algorithmOf, headersWith, prove } from '../proof.ts'
import { median } from '../ratios.ts'
import { bySize, type Context, type Scenario, type Section } from '../scenario.ts'
import { type ServerProcess, serverProcess } from '../server-process.ts'
import { type TokenIssuer, tokenIssuer } from '../tokens.ts'
import { type Pair, pairs } from './servers.ts'

// `--rounds` does not change them: it counts rounds of seconds.
const ROUNDS = { full: 400, quick: 60, smoke: 2 }
const WARM_UP_ROUNDS = { full: 60, quick: 20, smoke: 0 }
/** Requests of one measurement: some 30 ms. In a longer one, other programs have more time to change the machine. */
const REQUESTS = { old: 400, new: 100 }
/** The larger server may cost so much more. */
const ALLOWED = 0.05
/** Of one round, for both servers, in seconds. */
const ROUND = 0.1

export const growth: Scenario = {
  name: 'growth',
  title: 'Growth',
  seconds: (context) => pairs.length * (3 + ROUND * (bySize(context, ROUNDS) + bySize(context, WARM_UP_ROUNDS))),
  run
}

/** Microseconds of CPU per request, of every round. */
interface Result {
  readonly pair: Pair
  readonly small: readonly number[]
  readonly large: readonly number[]
}

async function run(context: Context): Promise<Section> {
  const issuer = await tokenIssuer()
  const isPinned = pin(process.pid, CLIENT)
  const results: Result[] = []
  // A smoke test has all pairs in one process, which starts sooner.
  const shared = context.size === 'smoke' ? await serverOf(pairs, issuer) : undefined
  try {
    for (const [at, pair] of pairs.entries()) {
      if (context.signal.aborted) break
      const done = (share: number): number => (at + share) / pairs.length
      const tell = (round: string, share: number): void => context.tell(`${pair.what}: ${round}`, done(share))
      const server = shared ?? (await serverOf([pair], issuer))
      const servers = shared ? server.servers.slice(2 * at) : server.servers
      try {
        results.push(await measure(pair, { ...server, servers }, issuer, { ...context, tell }))
      } finally {
        if (!shared) server.stop()
      }
    }
  } finally {
    shared?.stop()
    if (isPinned) pin(process.pid, ANY)
  }
  const complete = results.filter(({ small }) => small.length > 0)
  return { markdown: table(complete), data: complete.map(dataOf) }
}

/** A server of a pair under load. */
interface Side {
  readonly target: Target
  readonly open: Connections
  readonly headers: () => Promise<Headers>
}

/** Both servers of each pair in one process. */
function serverOf(some: readonly Pair[], { keys }: TokenIssuer): Promise<ServerProcess> {
  return serverProcess({ names: some.flatMap(({ small, large }) => [small.name, large.name]), keys })
}

async function measure(pair: Pair, server: ServerProcess, issuer: TokenIssuer, context: Context): Promise<Result> {
  const both = [pair.small, pair.large]
  const result = { pair, small: [] as number[], large: [] as number[] }
  const sides = await Promise.all(both.map((contender, at) => sideOf(contender, server, at, issuer)))
  try {
    const [small, large] = sides as [Side, Side] // of both
    const warmUp = bySize(context, WARM_UP_ROUNDS)
    const rounds = bySize(context, ROUNDS) + warmUp
    const count = sendsNew(pair.small) ? REQUESTS.new : REQUESTS.old
    for (let round = 0; round < rounds && !context.signal.aborted; round++) {
      context.tell(round < warmUp ? 'warming up' : `round ${round - warmUp + 1} of ${rounds - warmUp}`, round / rounds)
      const first = await cost(round % 2 === 0 ? small : large, server, count)
      const second = await cost(round % 2 === 0 ? large : small, server, count)
      if (round < warmUp) continue
      result.small.push(round % 2 === 0 ? first : second)
      result.large.push(round % 2 === 0 ? second : first)
    }
  } finally {
    for (const { open } of sides) open.close()
  }
  return result
}

async function sideOf(contender: Contender, server: ServerProcess, at: number, issuer: TokenIssuer): Promise<Side> {
  const algorithm = algorithmOf(contender) ?? 'ES256'
  const headers = async (): Promise<Headers> => headersWith(await issuer.token(algorithm))
  const first = await headers()
  const target = await prove(contender, server.servers[at]?.url ?? '', first, issuer)
  return { target, open: await connections(target), headers: sendsNew(contender) ? headers : async () => first }
}

async function cost({ target, open, headers }: Side, server: ServerProcess, count: number): Promise<number> {
  const all = await Promise.all(Array.from({ length: count }, headers))
  const requests = all.map((each) => requestText(target, each))
  const before = await server.usage()
  await open.send(requests)
  const after = await server.usage()
  return (after.microseconds - before.microseconds) / count
}

/** How much more the larger server costs: the median of the rounds. */
function growthOf({ small, large }: Pick<Result, 'small' | 'large'>): number {
  return median(large.map((cost, round) => cost / (small[round] ?? Number.NaN))) - 1
}

/** The same by the first and by the second half of the rounds. */
function halves({ small, large }: Result): [number, number] {
  const middle = Math.ceil(small.length / 2)
  const half = (from: number, to?: number): number =>
    growthOf({ small: small.slice(from, to), large: large.slice(from, to) })
  return [half(0, middle), half(middle)]
}

function dataOf(result: Result): unknown {
  const { pair, small, large } = result
  return { what: pair.what, isControl: pair.isControl, growth: growthOf(result), halves: halves(result), small, large }
}

function table(results: readonly Result[]): string {
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`
  const lines = results.map((result) => {
    const { pair, small, large } = result
    const value = growthOf(result)
    const [first, second] = halves(result)
    const verdict = pair.isControl ? 'control' : value <= ALLOWED ? 'yes' : '**no**'
    const medians = [small, large].map((costs) => `${median(costs).toFixed(1)} µs`)
    return `| ${[pair.what, small.length, ...medians, percent(value), `${percent(first)}, ${percent(second)}`, verdict].join(' | ')} |`
  })
  const error = Math.max(0, ...results.filter(({ pair }) => pair.isControl).map((each) => Math.abs(growthOf(each))))
  return [
    `| what grows | rounds | smaller | larger | more | more, by halves | at most ${percent(ALLOWED)} |`,
    '| --- | --: | --: | --: | --: | --: | --- |',
    ...lines,
    '',
    error < ALLOWED
      ? `Two servers of the same size differ by ${percent(error)}: the run can tell ${percent(ALLOWED)}.`
      : `**Two servers of the same size differ by ${percent(error)}: the run cannot tell ${percent(ALLOWED)}.**`
  ].join('\n')
}
