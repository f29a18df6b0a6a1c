// The program: runs the scenarios that the command line names, and writes the report.
import { writeFile } from 'node:fs/promises'
import { circumstances } from './circumstances.ts'
import { commandLine } from './options.ts'
import { pinNothing } from './pinning.ts'
import { duration, progress, sum } from './progress.ts'
import type { Quietness } from './quietness.ts'
import { type Chapter, json, markdown } from './report.ts'
import { measureQuietness, measureRequests, requests, secondsOfQuietness } from './requests.ts'
import type { Context } from './scenario.ts'
import { scenarios } from './scenarios.ts'

/** Scenarios of a smoke test. */
const AT_ONCE = 3

const options = commandLine()
const { signal } = interruption()
const chosen = scenarios.filter(({ name }) => options.scenarios.includes(name))
const plan = { ...options, signal, tell: () => {} }
const seconds = chosen.map((scenario) => scenario.seconds(plan))
const teller = progress(seconds)
const finish = circumstances(options.size)

if (options.size === 'smoke') await smoke()
else await measure()

/** Proves that everything works, and measures nothing: some scenarios at once. */
async function smoke(): Promise<void> {
  pinNothing()
  const waiting = [...chosen]
  const work = async (): Promise<void> => {
    for (let scenario = waiting.shift(); scenario; scenario = waiting.shift()) {
      const { markdown: found } = await scenario.run(plan)
      for (const line of found.split('\n')) if (line.startsWith('Not measured')) console.log(line)
      console.log(`${scenario.name}: works`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

async function measure(): Promise<void> {
  const isQuietnessExtra = !chosen.includes(requests)
  const whole = sum(seconds) + (isQuietnessExtra ? secondsOfQuietness(plan) : 0)
  console.error(`This takes about ${duration(whole)} on an idle machine. Ctrl-C ends it early, with a report.`)
  const chapters: Chapter[] = []
  let quiet: Quietness | undefined
  if (isQuietnessExtra) {
    const tell: Context['tell'] = (next) => console.error(`whether the machine is quiet: ${next}`)
    quiet = await measureQuietness({ ...plan, tell })
  }
  for (const [at, scenario] of chosen.entries()) {
    if (signal.aborted) break
    const context: Context = { ...plan, tell: teller(at) }
    try {
      if (scenario === requests) {
        const found = await measureRequests(context)
        quiet = found.quiet
        chapters.push({ scenario, section: found.section })
      } else chapters.push({ scenario, section: await scenario.run(context) })
    } catch (error) {
      chapters.push({ scenario, failure: String(error) })
      console.error(error)
      process.exitCode = 1
    }
  }
  const found = finish(signal.aborted, quiet)
  console.log(markdown(chapters, found))
  if (options.markdown !== undefined) await writeFile(options.markdown, markdown(chapters, found))
  if (options.json !== undefined) await writeFile(options.json, json(chapters, found))
}

/** The first Ctrl-C ends the measurements, a second one the program. */
function interruption(): AbortController {
  const controller = new AbortController()
  process.once('SIGINT', () => {
    console.error('\nFinishing the measurement that is under way. Ctrl-C again ends the program without a report.')
    controller.abort()
    process.once('SIGINT', () => process.exit(130))
  })
  return controller
}
