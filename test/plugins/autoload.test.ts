import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { contains } from '@latchkey/exact'
import t from 'tap'
import type { Booted } from './autoloaded/program.ts'
import { NODE, PROGRAM_OPTIONS, programEnvironment } from '../programs.ts'

const program = path.join(import.meta.dirname, 'autoloaded/program.ts')

/** Boots the application twice in a separate process without an earlier import of the guard. */
async function bootTwice(routes: object): Promise<readonly [first: Booted, second: Booted]> {
  const words = [...NODE.words, ...PROGRAM_OPTIONS, program, JSON.stringify(routes)]
  const { stdout } = await promisify(execFile)(NODE.starter, words, {
    env: programEnvironment({ FASTIFY_AUTOLOAD_TYPESCRIPT: '1' })
  })
  return JSON.parse(stdout) as readonly [Booted, Booted] // as the program prints it
}

t.test('an application with an autoloaded guard and a rule boots twice alike (K18)', async (t) => {
  const [first, second] = await bootTwice({ '*': { kind: 'noAuthentication' } })
  t.same(first, {
    error: null,
    routes: ['GET /items authenticated', 'HEAD /items authenticated', 'OPTIONS * noAuthentication'],
    statuses: { items: 401, preflight: 204 }
  })
  t.same(second, first)
})

t.test('an application with an autoloaded guard and without a rule is refused twice alike (K18)', async (t) => {
  const booted = await bootTwice({})
  for (const { error } of booted) {
    contains(t, error, 'OPTIONS * ')
    contains(t, error, "the option routes: { '*': rule } of the guard")
  }
})

t.test('an application with an autoloaded guard and a wrong pattern is refused twice alike (K18)', async (t) => {
  const booted = await bootTwice({ '*': { kind: 'noAuthentication' }, '/itmes': { kind: 'authenticated' } })
  for (const { error } of booted) {
    contains(t, error, '/itmes is in the option "routes", but no route has this pattern')
    contains(t, error, "'*'")
    contains(t, error, "'/items'")
  }
})
