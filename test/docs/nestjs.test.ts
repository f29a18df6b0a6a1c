import path from 'node:path'
import t from 'tap'

t.setTimeout(300_000)

// The loader of tap does not find the modules of NestJS by its exports.
const { NODE_OPTIONS: _options, ...env } = process.env
const options = ['--conditions=@latchkey/source', '--import=tsx']

void t.spawn(
  process.execPath,
  [...options, path.join(import.meta.dirname, 'nestjs-rules.ts')],
  { env },
  'a NestJS server'
)
