import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Test } from 'tap'

/** A client that sends its request a little at a time. */
export interface SlowClient {
  readonly name: string
  /** It is sent at once. */
  readonly head: string
  /** The part that follows, again and again. */
  drop(at: number): string
}

export const slowClients: readonly SlowClient[] = [
  {
    name: 'dribbles its headers',
    head: 'POST /token HTTP/1.1\r\nHost: localhost\r\n',
    drop: (at: number) => `X-${at}: a\r\n`
  },
  {
    name: 'dribbles its body',
    head: 'POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9999\r\n\r\n',
    drop: () => 'a'
  },
  {
    name: 'dribbles the body of a guarded route',
    head: 'POST /items HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n',
    drop: () => ' '
  }
]

/** A connection of its own. */
export function open(t: Pick<Test, 'teardown'>, origin: string): Socket {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  t.teardown(() => socket.destroy())
  // The cut connection may end with an error.
  socket.on('error', () => undefined)
  return socket
}

/** Sends a little at a time for as long as it may. */
export async function dribble(
  t: Pick<Test, 'teardown'>,
  origin: string,
  { head, drop }: Pick<SlowClient, 'head' | 'drop'>
): Promise<{ answer: string; took: number }> {
  const socket = open(t, origin)
  await once(socket, 'connect')
  const began = performance.now()
  let answer = ''
  socket.on('data', (bytes: Buffer) => (answer += bytes.toString()))
  socket.write(head)
  let at = 0
  const timer = setInterval(() => socket.writable && socket.write(drop(at++)), 20)
  await new Promise((resolve) => socket.once('close', resolve))
  clearInterval(timer)
  return { answer, took: Math.round(performance.now() - began) }
}
