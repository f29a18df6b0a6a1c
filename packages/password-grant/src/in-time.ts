import { UnavailableError } from '@latchkey/guard'
import type { FastifyRequest } from 'fastify'

/**
 * What work for a request gives, if it does in time. When it is late its result is dropped, whatever that is.
 *
 * @param seconds - how long it may take
 * @param work - gets a signal that aborts when the result is no longer wanted: it is late, or the client has gone
 * @throws UnavailableError when it is late; what the work throws
 */
export async function inTime<T>(
  { raw }: FastifyRequest,
  seconds: number,
  work: (signal: AbortSignal) => Promise<T>
): Promise<T> {
  // Not request.signal: that aborts when the body has been read.
  const { socket } = raw
  const unwanted = new AbortController()
  const abort = (): void => unwanted.abort()
  if (socket.destroyed) abort()
  socket.once('close', abort)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      abort()
      reject(new UnavailableError('verifyPassword did not answer in time'))
    }, seconds * 1000)
  })
  try {
    return await Promise.race([work(unwanted.signal), late])
  } finally {
    clearTimeout(timer)
    socket.removeListener('close', abort)
  }
}
