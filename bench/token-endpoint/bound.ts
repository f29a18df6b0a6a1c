// The lower bound of a store, in a process of its own: records what the store sends to the database for each refresh, and
// sends the same again with the bare driver, without HTTP, tokens and signatures.
import { once } from 'node:events'
import { endWithParent } from '../parent.ts'
import { tokenApp } from './app.ts'
import { type Connection, type Recorded, recorders, type Step } from './drivers.ts'
import { CLIENT_ID, GRANT_TYPE } from './names.ts'
import { AT_ONCE } from './stores.ts'

/** What the parent sends first. */
export interface Order {
  readonly store: keyof typeof recorders
  readonly folder: string
  /** How many refreshes to record, of each of the clients. */
  readonly refreshes: number
}

/** What the parent gets first. */
export interface Ready {
  /** How many round trips a refresh takes: the median. */
  readonly steps: number
}

/** The answer to any other message. */
export interface Replayed {
  readonly refreshes: number
  readonly seconds: number
}

/** What one client made the store send. */
interface Script {
  readonly start: readonly Step[]
  readonly refreshes: readonly (readonly Step[])[]
}

const [{ store, folder, refreshes }] = (await once(process, 'message')) as [Order]
const recorded = await recorders[store](folder)
const scripts = await record(recorded, refreshes)
const connections: Connection[] = []
for (let at = 0; at < AT_ONCE; at++) connections.push(await recorded.connect())

process.on('message', () => void replay().then((replayed) => process.send?.(replayed)))
endWithParent(stop)
const counts = scripts.flatMap((script) => script.refreshes.map(({ length }) => length)).sort((a, b) => a - b)
process.send?.({ steps: counts[Math.floor(counts.length / 2)] ?? 0 } satisfies Ready)

/** Refreshes one after the other, so that each step belongs to a refresh. */
async function record({ store, steps }: Recorded, count: number): Promise<readonly Script[]> {
  const { app } = await tokenApp(store)
  const taken = (): readonly Step[] => steps.splice(0)
  const ask = async (form: Readonly<Record<string, string>>): Promise<string> => {
    taken()
    const payload = new URLSearchParams({ client_id: CLIENT_ID, ...form }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const { body } = await app.inject({ method: 'POST', url: '/token', headers, payload })
    const { refresh_token: token } = JSON.parse(body) as { refresh_token?: unknown } // of the token endpoint
    if (typeof token !== 'string') throw new Error(`no refresh token: ${body}`)
    return token
  }
  const scripts: Script[] = []
  for (let client = 0; client < AT_ONCE; client++) {
    let token = await ask({ grant_type: GRANT_TYPE })
    const start = taken()
    const all: (readonly Step[])[] = []
    for (let at = 0; at < count; at++) {
      token = await ask({ grant_type: 'refresh_token', refresh_token: token })
      all.push(taken())
    }
    if (start.length === 0 || all.some(({ length }) => length === 0)) throw new Error('nothing was recorded')
    scripts.push({ start, refreshes: all })
  }
  await app.close()
  return scripts
}

/** All clients at once, each with its refreshes in their order. */
async function replay(): Promise<Replayed> {
  await recorded.empty()
  for (const [at, { start }] of scripts.entries()) await connections[at]?.run(start)
  const before = performance.now()
  await Promise.all(
    scripts.map(async (script, at) => {
      for (const steps of script.refreshes) await connections[at]?.run(steps)
    })
  )
  return { refreshes: scripts.length * refreshes, seconds: (performance.now() - before) / 1000 }
}

async function stop(): Promise<void> {
  for (const connection of connections) await connection.close()
  await recorded.close()
}
