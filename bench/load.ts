// The load: 32 connections, each with one request under way. It knows in advance what every answer is, so that it has
// little to do itself: a slow client would leave a fast server waiting, and waiting costs CPU too.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const CONNECTIONS = 32
/** In milliseconds, for each answer. */
const PATIENCE = 20_000

/** A server and what it answers. */
export interface Target {
  readonly url: URL
  readonly status: number
  readonly body: string
}

export type Headers = Readonly<Record<string, string>>

/** Connections to one target, open until they are closed. */
export interface Connections {
  /**
   * Sends each of the requests once.
   *
   * @param answered - gets each answer with its headers
   * @throws Error when an answer is another than the target's, or does not come
   */
  send(requests: readonly string[], answered?: (answer: string) => void): Promise<void>
  close(): void
}

/** A request as it goes over the wire. */
export function requestText({ url }: Pick<Target, 'url'>, headers: Headers): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\n${lines.join('')}\r\n`
}

export async function connections(target: Target): Promise<Connections> {
  const { hostname, port } = target.url
  const sockets = Array.from({ length: CONNECTIONS }, () => connect({ host: hostname, port: Number(port) }))
  await Promise.all(sockets.map((socket) => once(socket.setNoDelay().setEncoding('latin1'), 'connect')))

  return {
    async send(requests, answered) {
      let next = 0
      const one = (): string | undefined => requests[next++]
      await Promise.all(sockets.map((socket) => exchange(socket, target, one, answered)))
    },
    close: () => sockets.forEach((socket) => socket.destroy())
  }
}

/** Sends one request after the other over a connection, until there are no more. */
async function exchange(
  socket: Socket,
  target: Target,
  next: () => string | undefined,
  answered?: (answer: string) => void
): Promise<void> {
  const { promise, resolve, reject } = settling()
  let received = ''
  const send = (): void => {
    const request = next()
    if (request === undefined) resolve()
    else socket.write(request, 'latin1')
  }
  const onData = (text: string): void => {
    received = received === '' ? text : received + text
    const end = received.indexOf('\r\n\r\n')
    if (end === -1 || received.length < end + 4 + target.body.length) return
    const isRight = received.startsWith(`HTTP/1.1 ${target.status} `) && received.endsWith(`\r\n\r\n${target.body}`)
    if (!isRight) reject(new Error(`${target.url.href} did not answer ${target.status} as before: ${received}`))
    else answered?.(received)
    received = ''
    send()
  }
  const onClose = (): void => reject(new Error(`${target.url.href} closed a connection`))
  const onTimeout = (): void => reject(new Error(`${target.url.href} did not answer in time: ${received}`))
  socket.on('data', onData).once('close', onClose).setTimeout(PATIENCE).once('timeout', onTimeout)
  try {
    send()
    await promise
  } finally {
    socket.off('data', onData).off('close', onClose).setTimeout(0).off('timeout', onTimeout)
  }
}

function settling(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve: () => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<void>((fulfil, fail) => {
    resolve = fulfil
    reject = fail
  })
  return { promise, resolve, reject }
}
