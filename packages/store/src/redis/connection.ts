import { StoreUnavailableError } from '../errors.ts'
import { mustBeStorable } from '../storable.ts'
import { inTime } from '../timeout.ts'

/** The methods of a Redis client that the store uses. `ioredis` and `redis` (node-redis) both have them. */
export type RedisClient = Listening & (IoredisClient | NodeRedisClient)

interface Listening {
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
}

/** A client with the `call` method of `ioredis`. */
export interface IoredisClient {
  call(command: string, ...args: string[]): Promise<unknown>
  disconnect(reconnect: boolean): void
}

/** A client with the `sendCommand` method of `redis`. */
export interface NodeRedisClient {
  sendCommand(args: string[], options?: { readonly typeMapping: object }): Promise<unknown>
}

type Run<Answer> = (script: string, keys: readonly string[], args: readonly (string | number)[]) => Promise<Answer>

/** A Redis connection for the contracts. */
export interface RedisConnection {
  /** Adds the prefix to the name of a key. */
  readonly key: (name: string) => string
  /** Runs one command. */
  readonly send: (command: string, ...args: (string | number)[]) => Promise<unknown>
  /** Runs a script, atomically. */
  readonly run: Run<unknown>
  /** Runs a script that answers whether it changed something. */
  readonly changes: Run<boolean>
  readonly close: () => void
}

/**
 * Error codes of a server that accepts no writes, or finds no server that does. After a failover the address leads to another
 * server, but an old connection still leads to this one.
 */
const DEMOTED = new Set(['READONLY', 'MASTERDOWN', 'NOREPLICAS', 'LOADING', 'CLUSTERDOWN'])
// A client may return other types by default.
const DEFAULT_TYPES = { typeMapping: {} }
const LEAST_BETWEEN_RECONNECTIONS = 1_000

/** Redis through a client of the application. Every wait has a time limit, and errors become store errors. */
export function redisConnection(client: RedisClient, prefix: string, timeout: number): RedisConnection {
  let closed = false
  let reconnectedAt = Number.NEGATIVE_INFINITY
  const ignore = (): void => {}
  // An error event without a listener would end the process.
  client.on('error', ignore)

  return { key: (name) => prefix + name, send, run, changes, close }

  async function send(command: string, ...args: (string | number)[]): Promise<unknown> {
    mustBeStorable(args)
    if (closed) throw new StoreUnavailableError('closed')
    const texts = args.map(String)
    try {
      const sent =
        'call' in client ? client.call(command, ...texts) : client.sendCommand([command, ...texts], DEFAULT_TYPES)
      return await inTime(sent, timeout)
    } catch (error) {
      const code = codeOf(error)
      if (DEMOTED.has(code)) reconnect()
      throw error instanceof StoreUnavailableError ? error : new StoreUnavailableError(code)
    }
  }

  // The client connects again by itself, to the server that its address leads to now.
  function reconnect(): void {
    const time = performance.now()
    if (time < reconnectedAt + LEAST_BETWEEN_RECONNECTIONS) return
    reconnectedAt = time
    if ('call' in client) client.disconnect(true)
    else client.sendCommand(['QUIT']).catch(() => {}) // node-redis then treats the connection as broken and reconnects
  }

  async function run(script: string, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return send('EVAL', script, keys.length, ...keys, ...args)
  }

  async function changes(...given: Parameters<Run<boolean>>): Promise<boolean> {
    // Not `=== 1`: with the option stringNumbers, ioredis returns texts.
    return Number(await run(...given)) === 1
  }

  function close(): void {
    closed = true
    client.off('error', ignore)
  }
}

// Redis begins an error message with a code, such as READONLY or OOM. In an error of a script, Redis 6 puts the code after the
// position in the script. The rest is not used: it may repeat the sent data.
function codeOf(error: unknown): string {
  const { code, name, message } = error as Error & { code?: string } // clients throw only errors
  return /^(?:ERR Error running script .*? -)?([A-Z]{2,})(?= )/.exec(message)?.[1] ?? code ?? name
}
