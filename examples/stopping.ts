import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

/** For how long requests are still answered after the signal, in milliseconds. Then connections are cut. */
const TIME_TO_ANSWER = 8_000
/** After how long the process ends in any case, in milliseconds. */
const TIME_TO_STOP = 9_500

/**
 * Ends the process at SIGINT and SIGTERM, within ten seconds whatever its clients do. Call it before the first plugin is
 * registered. From then on `app.close()`
 *
 * - refuses new requests with 503, as Fastify does,
 * - answers the requests under way with `connection: close`, and cuts what is not answered after eight seconds,
 * - ends connections that never sent anything.
 *
 * The exit status is 0, or 1 when a hook fails or takes too long. A second signal ends the process at once.
 */
export function stopOnSignal(app: FastifyInstance): void {
  closeInTime(app)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)

  function stop(): void {
    setTimeout(() => process.exit(1), TIME_TO_STOP).unref()
    // The exit also ends connections to `::1`: of a server that listens on `localhost`, Fastify closes one address.
    app.close().then(
      () => process.exit(0),
      () => process.exit(1)
    )
  }
}

function closeInTime(app: FastifyInstance): void {
  const sockets = new Set<Socket>()
  const answers = new Map<ServerResponse, Promise<void>>()

  app.server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  app.addHook('onRequest', async ({ raw }, { raw: answer }) => {
    // A WebSocket is not answered: its plugin closes it.
    if (raw.headers.upgrade !== undefined) return
    const end = new Promise<void>((resolve) => {
      answer.once('finish', resolve).once('close', resolve)
    })
    answers.set(answer, end)
    void end.then(() => answers.delete(answer))
  })

  app.addHook('preClose', async () => {
    const tooLate = delay(TIME_TO_ANSWER, undefined, { ref: false })
    void tooLate.then(() => destroy([...sockets]))
    for (const answer of answers.keys()) {
      if (!answer.headersSent) answer.setHeader('connection', 'close')
    }
    await Promise.race([Promise.all(answers.values()), tooLate])
    destroy([...sockets].filter((socket) => socket.bytesRead === 0))
  })
}

function destroy(sockets: readonly Socket[]): void {
  for (const socket of sockets) socket.destroy()
}
