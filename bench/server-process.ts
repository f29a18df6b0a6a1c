import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
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
  const child = fork(path.join(import.meta.dirname, 'server.ts'), {
    execArgv: [...process.execArgv, ...execArgv],
    env: { ...process.env, NODE_ENV: 'production' }
  })
  pin(child.pid, SERVERS)
  child.send(order)
  const { servers } = await answerOf<Started>(child)
  return {
    servers,
    usage() {
      child.send('usage')
      return answerOf<Usage>(child)
    },
    stop() {
      if (child.connected) child.disconnect()
    }
  }
}

/** What a process sends next. */
export async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const died = new AbortController()
  const exited = once(child, 'exit', { signal: died.signal })
  const answer: unknown[] = await Promise.race([
    once(child, 'message', { signal: died.signal }),
    exited.then(([code, signal]) => Promise.reject(new Error(`a server ended with ${String(code ?? signal)}`)))
  ])
  exited.catch(() => undefined)
  died.abort()
  return answer[0] as Answer // by the programs here
}
