// Runs in a process of its own: t.spawn() belongs to the test of the process.
import path from 'node:path'
import t from 'tap'
import { NODE, programEnvironment } from '../programs.ts'

t.setTimeout(300_000)

// tsx compiles decorators. Node itself does not.
void t.spawn(
  NODE.starter,
  [...NODE.words, '--import=tsx', path.join(import.meta.dirname, 'nestjs-rules.ts')],
  { env: programEnvironment({ TAP: '1' }) },
  'a NestJS server'
)
