// Runs in a process of its own: it starts each example, which takes minutes on a busy machine.
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t from 'tap'
import { root } from '../architecture/workspace.ts'
import { startMcpServer } from '../examples/mcp-server.ts'
import { freeOrigin } from '../loopback.ts'
import { latchkey } from './program.ts'

// Each test starts processes.
t.setTimeout(900_000)

const examples = readdirSync(path.join(root, 'examples')).filter((name) =>
  existsSync(path.join(root, 'examples', name, 'app.ts'))
)
// Its app.ts starts workers, and each of them is the showcase.
const STARTS_WORKERS = 'many-processes'

t.test('there are examples', async (t) => {
  t.ok(examples.length > 10)
  t.ok(examples.includes(STARTS_WORKERS))
})

for (const name of examples.filter((each) => each !== STARTS_WORKERS)) {
  t.test(`the doctor finds nothing in the example ${name}, run as it is`, async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-doctor-'))
    t.teardown(() => rm(folder, { recursive: true }))
    const settings = {
      PORT: new URL(await freeOrigin()).port,
      DATABASE_FILE: path.join(folder, 'database.sqlite'),
      SESSION_FILE: path.join(folder, 'sessions.sqlite')
    }
    const { code, stdout } = await latchkey(['doctor', '--run', '--json', `examples/${name}/app.ts`], settings)
    t.same({ code, findings: JSON.parse(stdout) as unknown }, { code: 0, findings: [] })
  })
}

t.test('MCP clients find nothing wrong with the example mcp-server; it is not open to pages', async (t) => {
  const origin = await startMcpServer(t)
  const { code, stdout, stderr } = await latchkey(['mcp', `${origin}/mcp`, '--json'])
  t.same(
    (JSON.parse(stdout) as { rule: string; severity: string }[]).map(({ rule, severity }) => [rule, severity]),
    [['cors-mcp', 'note']]
  )
  t.same({ code, stderr }, { code: 0, stderr: '' })
})
