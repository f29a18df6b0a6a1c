import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { TABLE, useEverything } from './suite.ts'
import { NODE, PROGRAM_OPTIONS } from '../programs.ts'

const run = promisify(execFile)
const folder = import.meta.dirname
// Without the variables of tap: the other runners would report to it.
const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, TAP: _tap, ...env } = process.env

t.test('@latchkey/testing works with tap', async (t) => {
  t.same(await useEverything(), { table: TABLE, statuses: [200, 200, 401] })
})

t.test('@latchkey/testing works with node:test', async (t) => {
  const options = [...PROGRAM_OPTIONS, '--test', '--test-reporter=tap']
  const words = [...NODE.words, ...options, path.join(folder, 'in-node-test.ts')]
  const { stdout } = await run(NODE.starter, words, { env })
  t.match(stdout, /^# pass 1$/m)
  t.match(stdout, /^# fail 0$/m)
})

t.test('@latchkey/testing works with Vitest', async (t) => {
  const manifest = createRequire(import.meta.url).resolve('vitest/package.json')
  const { stdout } = await run(
    process.execPath,
    [path.join(path.dirname(manifest), 'vitest.mjs'), 'run', '--root', folder, '--reporter=json'],
    { env: { ...env, CI: 'true' } }
  )
  const { numPassedTests, numTotalTests } = JSON.parse(stdout) as Record<string, number>
  t.same([numPassedTests, numTotalTests], [1, 1])
})
