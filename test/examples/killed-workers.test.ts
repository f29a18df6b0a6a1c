import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { like } from '@latchkey/exact'
import { sqlite } from '../databases.ts'
import { freeOrigin } from '../loopback.ts'
import { runExample } from './program.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(300_000)

t.test('requests get an answer or an error when their process is killed (K17)', async (t) => {
  const { port } = new URL(await freeOrigin())
  const settings = { DATABASE_URL: '', MYSQL_URL: '', REDIS_URL: '', ...(await sqlite.open(t)).placeAt(), PORT: port }
  const server = runExample(t, 'many-processes/app.ts', settings)
  await server.hasPrinted('4 processes at')
  const seen = new Set<string | null>()
  const unanswered: string[] = []
  const ask = async (): Promise<void> => {
    try {
      const request = { headers: { connection: 'close' }, signal: AbortSignal.timeout(60_000) }
      const answer = await fetch(`http://localhost:${port}/health`, request)
      if ((await answer.text()) === 'ok') seen.add(answer.headers.get('x-worker'))
    } catch (error) {
      // A connection that breaks is an end too: the client tries again.
      if ((error as Error).name === 'TimeoutError') unanswered.push(String(error)) // fetch rejects with errors
    }
  }
  const ending = new AbortController()
  const clients = Array.from({ length: 8 }, async () => {
    while (!ending.signal.aborted) await ask()
  })
  const workers = await workersOf(server.pid)
  t.equal(workers.length, 4)
  for (const [place, worker] of workers.slice(0, 2).entries()) {
    process.kill(worker, 'SIGKILL')
    const replacement = String(4 + place + 1)
    while (!seen.has(replacement) && unanswered.length === 0) await ask()
  }
  ending.abort()
  await Promise.all(clients)
  t.same(unanswered, [])
  like(t, await server.stop('SIGTERM'), { code: 0, signal: null })
})

/** The workers of a server. It may have other children, such as esbuild, which compiles its modules. */
async function workersOf(pid: number | undefined): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=,args=', '--ppid', String(pid)])
  const children = stdout.trim().split('\n')
  return children.filter((child) => child.includes('app.ts')).map((child) => Number.parseInt(child, 10))
}
