import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { generateSigningKey } from '@latchkey/token-endpoint'
import { freeOrigin } from '../loopback.ts'
import { login, refresh, statusOfMe, tokensOf } from './client.ts'
import { serve } from './server.ts'

const PAUSE = 12_000
const skip =
  spawnSync('redis-server', ['--version']).status === 0 ? false : 'needs redis: redis-server is not installed'

/** A server of Redis that is paused for this test alone. */
async function redisServer(t: Test): Promise<{ port: string; admin: Redis }> {
  const { port } = new URL(await freeOrigin())
  const words = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', t.testdir()]
  const child = spawn('redis-server', words)
  const admin = new Redis({ host: '127.0.0.1', port: Number(port) })
  admin.on('error', () => {}) // until it listens
  t.teardown(async () => {
    admin.disconnect()
    const ended = once(child, 'exit')
    child.kill()
    await ended
  })
  await admin.ping()
  return { port, admin }
}

t.test('a client that obeys Retry-After stays signed in after a pause of Redis (K13)', { skip }, async (t) => {
  const { port, admin } = await redisServer(t)
  const place = { REDIS_URL: `redis://127.0.0.1:${port}` }
  const origin = await serve(t, place, await generateSigningKey(), { gracePeriod: 15 })
  const first = await login(origin)
  await admin.call('CLIENT', 'PAUSE', String(PAUSE), 'WRITE')

  const statuses: number[] = []
  let answer = await refresh(origin, first.refreshToken)
  while (answer.status === 503 && statuses.length < 5) {
    statuses.push(answer.status)
    await setTimeout(Number(answer.headers.get('retry-after')) * 1_000)
    answer = await refresh(origin, first.refreshToken)
  }
  t.equal(answer.status, 200)
  t.ok(statuses.length > 0, 'the pause was longer than the first request')
  const next = tokensOf(answer)
  t.equal(await statusOfMe(origin, next), 200)
  t.equal(await statusOfMe(origin, first), 200, 'the family was not reported')
  t.equal((await refresh(origin, next.refreshToken)).status, 200)
})
