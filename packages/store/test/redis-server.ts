import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Test } from 'tap'

/** Why the tests that start servers of Redis are skipped, or `false`. */
export const noRedisServer: string | false =
  spawnSync('redis-server', ['--version']).status === 0 ? false : 'needs redis: redis-server is not installed'

/** A server of Redis that a test has for itself, and a client to command it. */
export interface RedisServer {
  readonly port: number
  readonly admin: Redis
  /** Becomes a replica of another one, or a primary, and has caught up. */
  replicate(primary: RedisServer | null): Promise<void>
}

export async function redisServer(t: Test): Promise<RedisServer> {
  const port = await freePort()
  const child = spawn('redis-server', [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--dir',
    t.testdir()
  ])
  t.teardown(async () => {
    admin.disconnect()
    const ended = once(child, 'exit')
    child.kill()
    await ended
  })
  const admin = new Redis({ host: '127.0.0.1', port })
  admin.on('error', () => {}) // until it listens
  await admin.ping()
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

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  server.close()
  await once(server, 'close')
  return port
}
