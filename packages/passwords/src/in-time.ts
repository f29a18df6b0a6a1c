import { UnavailableError } from '@latchkey/guard'
import { withTimeout } from '@latchkey/promises'
import type { FastifyRequest } from 'fastify'

/**
 * Runs work for a request with a time limit. A result or error that comes too late is dropped.
 *
 * @param seconds - how long the work may take
 * @param work - gets a signal that aborts when the result is no longer needed: the time is over, or the client has disconnected
 * @throws UnavailableError when the time is over. The errors of the work
 */
export async function inTime<T>(
  { raw }: FastifyRequest,
  seconds: number,
  work: (signal: AbortSignal) => Promise<T>
): Promise<T> {
  // Not request.signal: it aborts when the body has been read.
  const { socket } = raw
  const unwanted = new AbortController()
  const abort = (): void => unwanted.abort()
  if (socket.destroyed) abort()
  socket.once('close', abort)
  const late = (): Error => {
    abort()
    return new UnavailableError('verifyPassword did not answer in time')
  }
  try {
    return await withTimeout(seconds * 1000, () => work(unwanted.signal), late)
  } finally {
    socket.removeListener('close', abort)
  }
}
