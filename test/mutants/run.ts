// Breaks the sources in one place after another and runs the tests that have to notice it. The last line is the count of
// mutants that were noticed and of those that survived. Arguments are parts of the names of mutants to run. Default: all.
import { mutants } from './mutants.ts'
import type { Mutant } from './mutant.ts'
import { openWorkshop, type Workshop } from './workshop.ts'

const JOBS = 2

const wanted = process.argv.slice(2)
const chosen = mutants.filter(
  ({ breaks, file }) => wanted.length === 0 || wanted.some((part) => `${file} ${breaks}`.includes(part))
)
const queue = [...chosen]
const survivors: Mutant[] = []
const failing: string[] = []
const known = new Map<string, Promise<boolean>>()

await Promise.all(Array.from({ length: JOBS }, work))
for (const { file, breaks } of survivors) console.log(`SURVIVED  ${file}: ${breaks}`)
for (const tests of failing) console.log(`FAILS WITHOUT A MUTANT  ${tests}`)
console.log(
  `\n${chosen.length - survivors.length - failing.length} killed, ${survivors.length + failing.length} survived`
)
process.exitCode = survivors.length + failing.length > 0 ? 1 : 0

async function work(): Promise<void> {
  const workshop = await openWorkshop()
  try {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) await judge(mutant, workshop)
  } finally {
    await workshop.remove()
  }
}

async function judge(mutant: Mutant, workshop: Workshop): Promise<void> {
  const start = performance.now()
  const tests = mutant.tests.join(' ')
  // A test that fails without the mutant does not detect it.
  const control = known.get(tests) ?? workshop.passes(mutant.tests)
  known.set(tests, control)
  if (!(await control)) {
    failing.push(`${tests} (${mutant.breaks})`)
    return
  }
  const survived = await workshop.survives(mutant)
  if (survived) survivors.push(mutant)
  const seconds = Math.round((performance.now() - start) / 1000)
  console.log(`${survived ? 'SURVIVED' : 'killed  '}  ${mutant.file}: ${mutant.breaks}  ${seconds} s`)
}
