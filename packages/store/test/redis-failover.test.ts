import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { createClient } from 'redis'
import { type Store, StoreUnavailableError } from '@latchkey/store'
import { type RedisClient, redisStore } from '@latchkey/store/redis'
import { proxyTo } from './fixtures/proxy.ts'
import { noRedisServer, redisServer } from './fixtures/redis-server.ts'
import { ioredis } from './fixtures/servers.ts'

const write = ({ dpopReplay }: Store, key: string): Promise<boolean> => dpopReplay.remember(key, 4_102_444_800)

const clients: Record<string, (t: Test, port: number) => Promise<RedisClient>> = {
  // The options that the README describes.
  async ioredis(t, port) {
    const client = ioredis({ port, enableOfflineQueue: false, maxRetriesPerRequest: 0, lazyConnect: true })
    t.teardown(() => client.disconnect())
    await client.connect()
    return client
  },
  async redis(t, port) {
    const client = createClient({ socket: { host: '127.0.0.1', port }, disableOfflineQueue: true })
    t.teardown(() => client.destroy())
    return client.connect()
  }
}

for (const [name, connect] of Object.entries(clients)) {
  t.test(
    `${name} writes to the new primary after a failover without a restart (K22.1)`,
    { skip: noRedisServer },
    async (t) => {
      const [a, b] = [await redisServer(t), await redisServer(t)]
      await b.replicate(a)
      const proxy = await proxyTo(a.port)
      t.teardown(() => proxy.stop())
      const store = redisStore({ client: await connect(t, proxy.port) })
      t.equal(await write(store, 'before'), true)

      await b.replicate(null)
      await a.replicate(b)
      proxy.redirect(b.port)
      const refused = { statusCode: 503, cause: { message: 'READONLY' } }
      await rejectsLike(t, write(store, 'during'), refused, 'the old connection leads to a replica')
      const began = performance.now()
      t.equal(await untilAnswered(() => write(store, 'after')), true)
      t.ok(performance.now() - began < 5_000, 'the write succeeds within the time after which a client tries again')
      t.equal(await b.admin.exists('latchkey:dpop-proof:after'), 1)

      // Back to the first server: the store must be able to do it more than once.
      await a.replicate(null)
      await b.replicate(a)
      proxy.redirect(a.port)
      await rejectsLike(t, untilReconnectable(store), refused)
      t.equal(await untilAnswered(() => write(store, 'back')), true)
      t.equal(await a.admin.exists('latchkey:dpop-proof:back'), 1)
    }
  )

  t.test(`${name} does not reconnect on each refusal (K22.1)`, { skip: noRedisServer }, async (t) => {
    const [primary, replica] = [await redisServer(t), await redisServer(t)]
    await replica.replicate(primary)
    const store = redisStore({ client: await connect(t, replica.port) })
    const connections = async (): Promise<number> =>
      Number(/total_connections_received:(\d+)/.exec(await replica.admin.info('stats'))?.[1])
    const before = await connections()
    for (let i = 0; i < 50; i++) await t.rejects(write(store, 'key'), StoreUnavailableError)
    t.ok((await connections()) - before <= 3)
  })
}

t.test('reports the refusal of a command within a script, in the formats of Redis 6 and 7 (K22.1)', async (t) => {
  for (const message of [
    "READONLY You can't write against a read only replica. script: f0, on @user_script:2.",
    "ERR Error running script (call to f_0): @user_script:2: @user_script: 2: -READONLY You can't write against a read only replica."
  ]) {
    let reconnections = 0
    const client = {
      call: async () => Promise.reject(new Error(message)),
      disconnect: (reconnect: boolean) => void (reconnections += Number(reconnect)),
      on() {},
      off() {}
    }
    const { revocations } = redisStore({ client })
    for (let i = 0; i < 2; i++) await rejectsLike(t, revocations.since(null), { cause: { message: 'READONLY' } })
    t.equal(reconnections, 1, 'one reconnection a second at most')
  }
})

async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error
      await setTimeout(20)
    }
  }
}

// The store reconnects at most once a second.
async function untilReconnectable(store: Store): Promise<unknown> {
  await setTimeout(1_000)
  return write(store, 'during')
}
