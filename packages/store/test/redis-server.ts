import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Test } from 'tap'

/** Why the tests that start servers of Redis are skipped, or `false`. */
export const noRedisServer: string | false =
  spawnSync('redis-server', ['--version']).status === 0 ? false : 'needs redis: redis-server is not installed'

/** A Redis server for one test, and a client for its commands. */
export interface RedisServer {
  readonly port: number
  readonly admin: Redis
  /** Makes the server a replica of another one, or a primary, and waits until it has caught up. */
  replicate(primary: RedisServer | null): Promise<void>
}

export async function redisServer(t: Test): Promise<RedisServer> {
  // Not `t.testdir()`: it would empty the folder of an earlier server of the same test.
  const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-redis-'))
  const { child, port } = await start(folder)
  t.teardown(async () => {
    admin.disconnect()
    const ended = once(child, 'exit')
    child.kill()
    await ended
    await rm(folder, { recursive: true })
  })
  const admin = new Redis({ host: '127.0.0.1', port })
  return {
    port,
    admin,
    async replicate(primary) {
      if (primary === null) {
        await admin.call('REPLICAOF', 'NO', 'ONE')
        return
      }
      await admin.call('REPLICAOF', '127.0.0.1', String(primary.port))
      while (!(await admin.info('replication')).includes('master_link_status:up')) await setTimeout(20)
    }
  }
}

/** Starts a server on a free port. The system gives such a port to no client, but another server may take it. */
async function start(folder: string): Promise<{ child: ChildProcess; port: number }> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    const options = { port, bind: '127.0.0.1', save: '', dir: folder, 'repl-diskless-sync-delay': 0 }
    const child = spawn(
      'redis-server',
      Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
    )
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.includes('Ready to accept connections')) {
        child.stdout.resume()
        return { child, port }
      }
    }
  }
}
