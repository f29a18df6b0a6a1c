import { StoreUnavailableError } from '../errors.ts'
import { mustBeStorable } from '../storable.ts'
import { inTime } from '../timeout.ts'

/** What the store needs of a client of Redis: `ioredis` and `redis` (node-redis) both have it. */
export type RedisClient = Listening & (IoredisClient | NodeRedisClient)

interface Listening {
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
}

/** A client that is called as `ioredis` is. */
export interface IoredisClient {
  call(command: string, ...args: string[]): Promise<unknown>
  disconnect(reconnect: boolean): void
}

/** A client that is called as `redis` is. */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>
}

/** What the contracts need of Redis. */
export interface RedisConnection {
  /** The name of a key of ours. */
  readonly key: (name: string) => string
  /** Runs one command. */
  readonly send: (command: string, ...args: (string | number)[]) => Promise<unknown>
  /** Runs a script, which takes effect as a whole. */
  readonly run: (script: string, keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>
  readonly close: () => void
}

/**
 * Refusals of a server that takes no writes, or knows of no server that does: after a failover the address leads to another
 * one, and an old connection still to this one.
 */
const DEMOTED = new Set(['READONLY', 'MASTERDOWN', 'NOREPLICAS', 'LOADING', 'CLUSTERDOWN'])
const LEAST_BETWEEN_RECONNECTIONS = 1_000

/** Redis through a client of the application, with a bound on every wait and errors of ours. */
export function redisConnection(client: RedisClient, prefix: string, timeout: number): RedisConnection {
  let closed = false
  let reconnectedAt = Number.NEGATIVE_INFINITY
  const ignore = (): void => {}
  // An error that nobody listens to ends the process.
  client.on('error', ignore)

  return { key: (name) => prefix + name, send, run, close }

  async function send(command: string, ...args: (string | number)[]): Promise<unknown> {
    mustBeStorable(args)
    if (closed) throw new StoreUnavailableError('closed')
    const texts = args.map(String)
    try {
      const sent = 'call' in client ? client.call(command, ...texts) : client.sendCommand([command, ...texts])
      return await inTime(sent, timeout)
    } catch (error) {
      const code = codeOf(error)
      if (DEMOTED.has(code)) reconnect()
      throw error instanceof StoreUnavailableError ? error : new StoreUnavailableError(code)
    }
  }

  // The client connects again by itself, to wherever its address leads now.
  function reconnect(): void {
    const time = performance.now()
    if (time < reconnectedAt + LEAST_BETWEEN_RECONNECTIONS) return
    reconnectedAt = time
    if ('call' in client) client.disconnect(true)
    else client.sendCommand(['QUIT']).catch(() => {}) // node-redis takes the end of the connection for a broken one
  }

  async function run(script: string, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return send('EVAL', script, keys.length, ...keys, ...args)
  }

  function close(): void {
    closed = true
    client.off('error', ignore)
  }
}

// Redis begins its refusals with a code, such as READONLY or OOM, and Redis 6 puts that of a script behind the place in it;
// what follows may repeat what was sent.
function codeOf(error: unknown): string {
  const { code, name, message } = error as Error & { code?: string } // clients throw nothing else
  return /^(?:ERR Error running script .*? -)?([A-Z]{2,})(?= )/.exec(message)?.[1] ?? code ?? name
}
