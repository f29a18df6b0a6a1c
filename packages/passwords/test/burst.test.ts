// Runs in a process of its own, while no other test runs: it measures the delay of the event loop.
import { once } from 'node:events'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import * as guard from '@latchkey/guard'
import { hashPassword } from '@latchkey/passwords'
import * as argon2 from '@node-rs/argon2'
import t from 'tap'
import { like } from '@latchkey/exact'
import { server } from './fixtures/server.ts'

const UNMET = { failures: 1_000_000, failuresPerAddress: 1_000_000, failuresPerAccount: 1_000_000 }

interface Answer {
  readonly status: number
  readonly retryAfter: string | null
}

// In a separate thread, so that their work does not count as the server's.
const CLIENTS = `
  const { parentPort, workerData } = require('node:worker_threads')
  async function login(_, i) {
    const body = JSON.stringify({ username: i % 2 === 0 ? 'ada' : 'user-' + i, password: 'secret' })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(workerData, { method: 'POST', headers, body })
    await answer.arrayBuffer()
    return { status: answer.status, retryAfter: answer.headers.get('retry-after') }
  }
  Promise.all(Array.from({ length: 500 }, login)).then((answers) => parentPort.postMessage(answers))`

t.test('a burst of 500 logins is answered, and does not delay other requests (SEC-29, FAULT-20)', async (t) => {
  let [running, mostRunning] = [0, 0]
  let isHashing = true
  const { argon2Passwords } = await t.mockImport<typeof import('@latchkey/passwords')>('../src/index.ts', {
    // A mock loads all modules again; errors must be instances of the classes that the server has loaded.
    '@latchkey/guard': guard,
    '@node-rs/argon2': t.createMock(argon2, {
      verify: async (passwordHash: string, password: string) => {
        mostRunning = Math.max(mostRunning, ++running)
        return (isHashing ? argon2.verify(passwordHash, password) : setTimeout(15, true)).finally(() => running--)
      }
    })
  })
  const passwordHash = await hashPassword('secret')
  const findUser = (username: string) => (username === 'ada' ? { subject: 'u1', passwordHash, scopes: [] } : null)
  const verifyPassword = argon2Passwords({ findUser, concurrentHashes: 2, waitingHashes: 50, longestWait: 60 })
  const { app } = server({ verifyPassword, throttle: UNMET, timeout: 120 })
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())

  /** The lag of the event loop at its 99th percentile, in milliseconds. */
  async function burst(): Promise<number> {
    const clients = new Worker(CLIENTS, { eval: true, execArgv: [], workerData: `${address}/login` })
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    const [answers] = (await once(clients, 'message')) as [Answer[]] // posted by CLIENTS
    delay.disable()
    like(t, new Set(answers.map(({ status }) => status)), new Set([200, 401, 503]))
    t.ok(answers.filter(({ status }) => status !== 503).length >= 52, 'the requests that fit in the queue are served')
    t.ok(answers.every(({ status, retryAfter }) => (status === 503) === (retryAfter !== null)))
    return delay.percentile(99) / 1e6
  }

  /** The allowed lag: 100 ms, or more on a machine that is slower than that even without hashing. */
  async function bound(): Promise<number> {
    isHashing = false
    const lag = await burst()
    isHashing = true
    return Math.max(100, 2 * lag)
  }

  const memory = process.memoryUsage.rss()
  const lags = [await burst()]
  while (lags.length < 3 && Math.min(...lags) >= 100) lags.push(await burst())
  const lag = Math.min(...lags)
  t.ok(lag < 100 || lag < (await bound()), 'the event loop lags less than 100 ms', { lags })
  t.equal(mostRunning, 2)
  const megabytes = (process.memoryUsage.rss() - memory) / 2 ** 20
  t.ok(megabytes < 400, `${megabytes.toFixed()} MiB more, where 500 hashes at once would be 9500`)
})
