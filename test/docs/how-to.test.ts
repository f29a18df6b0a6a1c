// Runs in a process of its own: it starts the programs of its pages, one after another, and takes its time.
import t from 'tap'
import { reader } from './follow.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(600_000)

const pages = [
  'command-line',
  'graphql',
  'http-proxy',
  'look-of-pages',
  'many-processes',
  'nestjs',
  'observability',
  'passwords',
  'rotate-keys',
  'start-with-latchkey',
  'testing',
  'write-a-store',
  'write-an-authenticator'
]

for (const page of pages) {
  t.test(`the commands of the page ${page} answer as it shows`, async (t) => {
    const reading = await reader(t, `docs/how-to/${page}.md`)
    await reading.rest()
  })
}
