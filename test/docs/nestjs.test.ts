import path from 'node:path'
import t from 'tap'
import { PROGRAM_OPTIONS } from '../programs.ts'

t.setTimeout(300_000)

// The loader of tap does not find the modules of NestJS by its exports.
const { NODE_OPTIONS: _options, ...env } = process.env

void t.spawn(
  process.execPath,
  [...PROGRAM_OPTIONS, path.join(import.meta.dirname, 'nestjs-rules.ts')],
  { env },
  'a NestJS server'
)
