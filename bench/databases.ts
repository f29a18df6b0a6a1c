// The databases of this machine, where it has them.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'

/** Where Redis is expected. */
export const REDIS = { host: '127.0.0.1', port: 6379 }
/** Where PostgreSQL is expected. */
export const POSTGRES = { host: '127.0.0.1', port: 5432, user: 'postgres', database: 'test' }

/** The reason why nothing runs on Redis; `undefined` when it is there. */
export function noRedis(): Promise<string | undefined> {
  return noServer('Redis', REDIS)
}

/** The reason why nothing runs on PostgreSQL; `undefined` when it is there. */
export function noPostgres(): Promise<string | undefined> {
  return noServer('PostgreSQL', POSTGRES)
}

/** A schema or a prefix that no other run uses. */
export function uniqueName(): string {
  return `latchkey_bench_${randomBytes(6).toString('hex')}`
}

async function noServer(name: string, { host, port }: typeof REDIS): Promise<string | undefined> {
  const socket = connect({ host, port })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(2000) })
    return undefined
  } catch {
    return `no ${name} on ${host}:${port}`
  } finally {
    socket.destroy()
  }
}
