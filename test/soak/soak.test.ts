// Runs in a process of its own: it waits for other processes for a long time.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { postgres, redis } from '../databases.ts'
import { NODE, PROGRAM_OPTIONS, programEnvironment } from '../programs.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(300_000)

const program = path.join(import.meta.dirname, 'run.ts')
// Those that measure no time.
const FAULTS = ['5', '7', '10', '12', '14', '16', '17', '24', '25', '26']

t.test(
  'a server answers as expected under load while faults follow each other',
  {
    skip: postgres.skip || redis.skip
  },
  async (t) => {
    const words = ['--short', '--requests=2000', `--faults=${FAULTS.join()}`]
    const child = spawn(NODE.starter, [...NODE.words, ...PROGRAM_OPTIONS, program, ...words], {
      env: programEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe']
    })
    t.teardown(() => child.kill())
    const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
    t.match(output, /^soak: \d+ requests, 10 faults, nothing unexpected\n$/, errors)
    t.equal(code, 0, errors)
  }
)
