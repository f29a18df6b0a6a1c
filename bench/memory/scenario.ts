// The memory of a server, after a garbage collection, by how many different tokens or sessions it has seen.
import type { Contender } from '../contender.ts'
import { cookiesOf } from '../contenders/answer.ts'
import { connections, type Headers, requestText } from '../load.ts'
import { algorithmOf, headersWith, prove } from '../proof.ts'
import { bySize, type Context, type Scenario, type Section } from '../scenario.ts'
import { serverProcess } from '../server-process.ts'
import { type TokenIssuer, tokenIssuer } from '../tokens.ts'
import { memoryServers, MOST, signedIn } from './servers.ts'

const SAMPLES = 5
const COUNTS = { full: MOST, quick: 10_000, smoke: 100 }
const MEGABYTE = 1_048_576
/** Of one token or session, in seconds. */
const EACH = 0.0006

export const memory: Scenario = {
  name: 'memory',
  title: 'Memory',
  seconds: (context) => memoryServers.length * (3 + bySize(context, COUNTS) * EACH),
  run
}

interface Sample {
  readonly count: number
  /** In bytes. */
  readonly rss: number
  readonly heapUsed: number
}

interface Result {
  readonly name: string
  readonly samples: readonly Sample[]
}

async function run(context: Context): Promise<Section> {
  const issuer = await tokenIssuer()
  const results: Result[] = []
  for (const [at, contender] of memoryServers.entries()) {
    if (context.signal.aborted) break
    const tell = (count: string, share: number): void =>
      context.tell(`${contender.name}: ${count}`, (at + share) / memoryServers.length)
    results.push({ name: contender.name, samples: await samplesOf(contender, issuer, { ...context, tell }) })
  }
  return { markdown: table(results), data: results }
}

async function samplesOf(contender: Contender, issuer: TokenIssuer, context: Context): Promise<readonly Sample[]> {
  const most = bySize(context, COUNTS)
  const batch = most / SAMPLES
  const server = await serverProcess({ names: [contender.name], keys: issuer.keys }, ['--expose-gc'])
  const samples: Sample[] = []
  try {
    const { url = '', cookie } = server.servers[0] ?? {}
    const algorithm = algorithmOf(contender)
    const some = (): Promise<readonly Headers[]> =>
      algorithm
        ? Promise.all(Array.from({ length: batch }, async () => headersWith(await issuer.token(algorithm))))
        : signIns(url, batch)
    const first = algorithm ? headersWith(await issuer.token(algorithm)) : { cookie: cookie ?? '' }
    const target = await prove(contender, url, first, issuer)
    for (let count = 0; count <= most && !context.signal.aborted; count += batch) {
      context.tell(`${count} of ${most}`, count / most)
      if (count > 0) {
        const requests = (await some()).map((headers) => requestText(target, headers))
        const open = await connections(target)
        await open.send(requests)
        open.close()
      }
      const { rss, heapUsed } = await server.usage()
      samples.push({ count, rss, heapUsed })
    }
  } finally {
    server.stop()
  }
  return samples
}

/** The cookies of new sessions. */
async function signIns(url: string, count: number): Promise<readonly Headers[]> {
  const target = { url: new URL('/sign-in', url), status: 200, body: signedIn }
  const open = await connections(target)
  const all: Headers[] = []
  await open.send(
    Array.from({ length: count }, () => requestText(target, {})),
    (answer) => all.push({ cookie: cookiesOf(setCookies(answer)) })
  )
  open.close()
  return all
}

function setCookies(answer: string): string[] {
  return [...answer.matchAll(/^set-cookie: (.*)$/gim)].map(([, value = '']) => value)
}

function table(results: readonly Result[]): string {
  const lines = results.flatMap(({ name, samples }) =>
    samples.map(({ count, rss, heapUsed }) => {
      const base = samples[0]?.heapUsed ?? Number.NaN
      const each = count === 0 ? '' : `${Math.round((heapUsed - base) / count)} B`
      return `| ${name} | ${count} | ${(heapUsed / MEGABYTE).toFixed(1)} MB | ${each} | ${(rss / MEGABYTE).toFixed(0)} MB |`
    })
  )
  return [
    '| what | different ones so far | heap in use | more, for each | RSS |',
    '| --- | --: | --: | --: | --: |',
    ...lines
  ].join('\n')
}
