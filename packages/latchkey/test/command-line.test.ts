import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

// Processes take their time to start on a busy machine.
t.setTimeout(600_000)

const program = fileURLToPath(new URL('../src/command-line.ts', import.meta.url))

function run(...args: readonly string[]): { readonly status: number | null; readonly stdout: string } {
  return spawnSync(process.execPath, [...process.execArgv, program, ...args], { encoding: 'utf8' })
}

t.test('the program is that of @latchkey/cli, with its exit codes', async (t) => {
  const manifest = new URL('../../cli/package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string } // npm requires it
  const { status, stdout } = run('--version')
  t.same([status, stdout], [0, `${version}\n`])
  t.equal(run('unknown').status, 2)
})
