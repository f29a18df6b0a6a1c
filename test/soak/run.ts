// A soak: many requests and many faults for one server. Behind `pnpm soak`. The long form writes docs/soak.md.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { postgres, redis } from '../databases.ts'
import { campaign } from './campaign.ts'
import { faults } from './faults/all.ts'
import { samplesOf } from './memory.ts'
import { failures, page, type Result } from './report.ts'
import { startSoak } from './soak.ts'

const LONG = { requests: 1_000_000, flood: 10_000 }
const SHORT = { requests: 20_000, flood: 1_000 }

const { values } = parseArgs({
  options: {
    requests: { type: 'string' },
    short: { type: 'boolean', default: false },
    faults: { type: 'string' }
  }
})
const size = values.short ? SHORT : LONG
const requests = Number(values.requests ?? size.requests)
if (!(Number.isSafeInteger(requests) && requests > 0)) throw new TypeError('--requests must be a whole number')
const chosen = values.faults?.split(',').map(Number)
const unavailable = [postgres.skip, redis.skip].filter((reason) => reason !== false)
if (unavailable.length > 0) throw new Error(`The soak ${unavailable.join(', and ')}`)

const isComplete = !values.short && chosen === undefined
const result = await soakedOnce()
const found = failures(result)
if (isComplete) await writeFile(path.join(import.meta.dirname, '../../docs/soak.md'), page(result))
for (const failure of found) console.error(failure)
for (const [message, count] of Object.entries(result.log)) console.error(`log: ${count} × ${message}`)
console.log(
  `soak: ${result.load.sent} requests, ${result.rows.length} faults, ${found.length === 0 ? 'nothing unexpected' : `${found.length} failures`}`
)
process.exitCode = found.length > 0 ? 1 : 0

async function soakedOnce(): Promise<Result> {
  const start = new Date()
  const soak = await startSoak(size.flood)
  try {
    const samples = samplesOf(soak)
    const rows = await campaign(
      soak,
      faults.filter(({ number }) => chosen?.includes(number) ?? true),
      requests,
      samples,
      (line) => console.error(line)
    )
    await soak.load.stop()
    const { warnings, log } = await soak.state()
    return {
      start,
      seconds: (Date.now() - start.getTime()) / 1_000,
      load: soak.load,
      rows,
      samples: samples.taken,
      unhandled: soak.unhandled,
      died: soak.died,
      warnings,
      log,
      isMemoryJudged: isComplete
    }
  } finally {
    await soak.close()
  }
}
