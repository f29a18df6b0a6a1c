import cluster from 'node:cluster'
import { fileURLToPath } from 'node:url'
import { storedKeys } from '@latchkey/token-endpoint'
import Fastify from 'fastify'
import { secretOf } from '../secret.ts'
import { build } from '../showcase/app.ts'
import { stopOnSignal } from '../stopping.ts'
import { openStorage } from '../storage.ts'

const WORKERS = 4
const TIME_TO_STOP = 10_000
const TIME_TO_COME_BACK = 500

const port = Number(process.env.PORT ?? 3000)
const origin = `http://localhost:${port}`

/** The showcase, as one of several processes that share a store. Its answers say which one it is. */
async function work(): Promise<void> {
  const store = await openStorage(process.env)
  const keys = storedKeys({ store, secrets: [await secretOf(process.env, 'KEY_SECRET')] })
  const sessionSecret = await secretOf(process.env, 'SESSION_SECRET')
  const app = Fastify({ logger: { level: 'error' } })
  stopOnSignal(app)
  app.addHook('onClose', () => store.close())
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-worker', cluster.worker?.id)
  })
  await build(origin, { store, keys, sessionSecret }, app)
  await app.listen({ port, host: 'localhost' })
}

/** Keeps the workers running, and stops when they have stopped. */
function supervise(): void {
  const ready = new Set<number>()
  let stopping = false
  onSignal(stop)
  // Its parent process has gone. Listening for that does not keep this process alive.
  process.once('disconnect', stop)
  process.channel?.unref()
  cluster.on('listening', ({ id }) => {
    if (ready.has(id)) return
    ready.add(id)
    if (ready.size === WORKERS) announce()
  })
  cluster.on('exit', () => {
    if (stopping) return
    // Perhaps because the database is away for a moment.
    if (ready.size >= WORKERS) setTimeout(() => !stopping && cluster.fork(), TIME_TO_COME_BACK)
    else {
      // A worker that cannot start would fail again.
      process.exitCode = 1
      stop()
    }
  })
  for (let started = 0; started < WORKERS; started++) cluster.fork()

  function stop(): void {
    stopping = true
    signalWorkers('SIGTERM')
    setTimeout(() => signalWorkers('SIGKILL'), TIME_TO_STOP).unref()
  }
}

function announce(): void {
  console.log(`${WORKERS} processes at ${origin}`)
  process.send?.(WORKERS)
}

function signalWorkers(signal: NodeJS.Signals): void {
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill(signal)
}

function onSignal(stop: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Each worker takes its connections itself. When the primary deals them out, as Node does by default, it never closes the
  // one that it was handing to a worker that is killed: that client waits for ever.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  if (cluster.isPrimary) {
    // One secret for all: workers inherit the environment.
    process.env.KEY_SECRET = await secretOf(process.env, 'KEY_SECRET')
    process.env.SESSION_SECRET = await secretOf(process.env, 'SESSION_SECRET')
    supervise()
  } else await work()
}
