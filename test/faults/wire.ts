import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/** A wire to a server on this machine that can be cut. */
export interface Wire {
  readonly port: number
  /** Cuts the connection that next sends a text, once the server has answered it: the answer does not come through. */
  cutAnswerTo(text: string): void
  /** Holds back the next chunk that contains a text. Resolves when it is held back. */
  holdBack(text: string): Promise<void>
  /** Cuts all connections, and refuses new ones. */
  unplug(): Promise<void>
  plugIn(): Promise<void>
}

/** Lays a wire to a port. The expected text must arrive in one piece, as small messages on loopback do. */
export async function layWire(t: Pick<Test, 'teardown'>, to: number): Promise<Wire> {
  const ends = new Set<Socket>()
  let cut: string | undefined
  let hold: { readonly text: string; done(): void } | undefined
  const server = createServer(connect)
  t.teardown(unplug)
  await listen(0)
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    port,
    cutAnswerTo: (text) => {
      cut = text
    },
    holdBack: (text) => new Promise((done) => (hold = { text, done })),
    unplug,
    plugIn: () => listen(port)
  }

  function connect(near: Socket): void {
    const far = createConnection({ host: '127.0.0.1', port: to })
    let answered = false
    near.on('data', (sent) => {
      if (hold && sent.includes(hold.text)) {
        hold.done()
        hold = undefined
        return
      }
      if (cut !== undefined && sent.includes(cut)) {
        cut = undefined
        answered = true
      }
      far.write(sent)
    })
    far.on('data', (answer) => {
      if (answered) end()
      else near.write(answer)
    })
    for (const socket of [near, far]) {
      ends.add(socket)
      // The cut connection may end with an error.
      socket.on('error', end)
      socket.on('close', end)
    }
    function end(): void {
      near.destroy()
      far.destroy()
      ends.delete(near)
      ends.delete(far)
    }
  }

  async function unplug(): Promise<void> {
    const closed = server.listening ? once(server, 'close') : undefined
    server.close()
    for (const socket of ends) socket.destroy()
    await closed
  }

  async function listen(on: number): Promise<void> {
    server.listen(on, '127.0.0.1')
    await once(server, 'listening')
  }
}
