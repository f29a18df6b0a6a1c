import path from 'node:path'
import { ask, program } from './child.ts'
import { pin, SERVERS } from './pinning.ts'
import type { TrustedKeys } from './tokens.ts'

/** What the process is told to start. */
export interface Order {
  readonly names: readonly string[]
  readonly keys: TrustedKeys
}

/** Where the servers listen, in the order of the names, and the cookies that open them. */
export interface Started {
  readonly servers: { readonly url: string; readonly cookie?: string }[]
}

/** What a process has used so far: CPU in microseconds, memory in bytes. */
export interface Usage {
  readonly microseconds: number
  readonly rss: number
  readonly heapUsed: number
}

/** The key of the cache of `fast-jwt` is the whole token, which is safe. */
const QUIETLY = ['--disable-warning=FAST_JWT_CACHE_KEY_BUILDER_SECURITY_RISK']

/** A process with servers in it. */
export interface ServerProcess extends Started {
  usage(): Promise<Usage>
  stop(): void
}

/**
 * Starts contenders in one process, on the core for servers.
 *
 * @param execArgv - options of node
 */
export async function serverProcess(order: Order, execArgv: readonly string[] = []): Promise<ServerProcess> {
  const child = program(path.join(import.meta.dirname, 'server.ts'), [...execArgv, ...QUIETLY])
  pin(child.pid, SERVERS)
  const { servers } = await ask<Started>(child, order)
  return {
    servers,
    usage: () => ask<Usage>(child, 'usage'),
    stop() {
      if (child.connected) child.disconnect()
    }
  }
}
