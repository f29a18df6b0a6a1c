// The server of a process that users log in to with a password.
import type { Test } from 'tap'
import { openStorage, type Place } from '../../examples/storage.ts'
import type { Served } from '../worker.ts'
import { startWorker, type Worker } from '../workers.ts'
import { buildServer } from './password-login.ts'

/** A server on a store. */
export async function serve(place: Place): Promise<Served> {
  const store = await openStorage(place)
  const options = { throttle: { failures: 5, failuresPerAccount: 8, failuresUnderAttack: 2, window: 600 } }
  const app = await buildServer({ origin: 'https://app.example.com', store, options, trustProxy: '127.0.0.1' })
  return { apps: [app], close: () => store.close() }
}

/** Starts a process with the server. */
export async function startProcess(t: Test, place: Place): Promise<Worker> {
  return startWorker(t, import.meta.url, place)
}
