import { STOPPING, WORKING } from './sqlite-program.ts'

// How long the exit of the process waits for the driver, in milliseconds.
const LONGEST_WAIT = 5_000

const threads = new Set<Int32Array>()

/**
 * Delays the exit of the process until a thread has left the driver. Node terminates threads that still run at the exit, and
 * libsql aborts the whole process if that happens during a call.
 *
 * @param flags - at {@link STOPPING} and {@link WORKING}, shared with the thread
 * @returns a function to call when the thread has ended
 */
export function haltBeforeExit(flags: Int32Array): () => void {
  if (threads.size === 0) process.on('exit', haltAll)
  threads.add(flags)
  return () => {
    threads.delete(flags)
    if (threads.size === 0) process.off('exit', haltAll)
  }
}

function haltAll(): void {
  for (const flags of threads) Atomics.store(flags, STOPPING, 1)
  for (const flags of threads) Atomics.wait(flags, WORKING, 1, LONGEST_WAIT)
}
