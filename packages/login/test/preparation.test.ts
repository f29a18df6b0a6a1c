import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { EventEmitter, once } from 'node:events'
import { like } from '@latchkey/exact'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { memoryStore } from '@latchkey/store/memory'
import login, { discord, github, type Provider } from '@latchkey/login'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { fakeSession } from './fixtures/fake-session.ts'
import { house, origin } from './fixtures/server.ts'

const METADATA = '/.well-known/openid-configuration'
const known = { clientId: 'app', clientSecret: 'opensesame' }

t.test('boots the servers of providers with known endpoints before the first login (K29.3)', async (t) => {
  const app = await application(t, [discord(known), github(known)])
  const servers = bootedServers(t)
  await app.ready()
  t.equal(servers.count, 0, 'no server boots during the start')
  await servers.reach(2)
  like(t, await Promise.all(['discord', 'github'].map((name) => app.inject(`/login/${name}`))), [
    { statusCode: 303 },
    { statusCode: 303 }
  ])
  t.equal(servers.count, 2)
})

t.test('boots one server for concurrent logins (K29.3)', async (t) => {
  const app = await application(t, [discord(known)])
  const servers = bootedServers(t)
  const answers = await Promise.all([app.inject('/login/discord'), app.inject('/login/discord')])
  like(t, answers, [{ statusCode: 303 }, { statusCode: 303 }])
  t.equal((await app.inject('/login/discord')).statusCode, 303)
  t.equal(servers.count, 1)
})

t.test('boots the server of a provider with a secret function without calling the function (K29.3)', async (t) => {
  let calls = 0
  const clientSecret = (): string => {
    calls += 1
    return 'opensesame'
  }
  const app = await application(t, [{ ...discord(known), clientSecret }])
  const servers = bootedServers(t)
  await app.ready()
  await servers.reach(1)
  t.equal(calls, 0)
  t.equal((await app.inject('/login/discord')).statusCode, 303)
  t.equal(servers.count, 1)
})

t.test('boots the server of an OpenID provider and fetches nothing before a login (K29.3)', async (t) => {
  const provider = await fakeProvider(t)
  const app = await application(t, [house(provider)])
  const servers = bootedServers(t)
  await app.ready()
  await servers.reach(1)
  t.equal(provider.received.length, 0)
  t.equal((await app.inject('/login/house')).statusCode, 303)
  t.equal(servers.count, 1)
})

t.test('boots the server of an OpenID provider while its metadata is fetched (K29.3)', async (t) => {
  const provider = await fakeProvider(t)
  const app = await application(t, [house(provider)])
  const servers = bootedServers(t)
  provider.answers.set(METADATA, async () => {
    await servers.reach(1)
    provider.answers.delete(METADATA)
    return { status: 500 }
  })
  t.equal((await app.inject('/login/house')).statusCode, 503)
  t.equal(servers.count, 1)
})

t.test('boots no new server when the metadata are unchanged (K29.3)', async (t) => {
  const provider = await fakeProvider(t)
  const app = await application(t, [house(provider)])
  const servers = bootedServers(t)
  t.equal((await app.inject('/login/house')).statusCode, 303)
  const time = performance.now()
  t.intercept(performance, 'now', { value: () => time + 3 * 3_600_000 })
  t.equal((await app.inject('/login/house')).statusCode, 303)
  t.equal(provider.count(METADATA), 2)
  t.equal(servers.count, 1)

  provider.metadata = { authorization_endpoint: `${provider.issuer}/elsewhere` }
  t.intercept(performance, 'now', { value: () => time + 6 * 3_600_000 })
  const { headers } = await app.inject('/login/house')
  t.equal(new URL(String(headers.location)).pathname, '/elsewhere')
  t.equal(servers.count, 2)
})

t.test('starts when a server cannot boot, and answers 500 to logins that need it (K29.3)', async (t) => {
  const rejections: unknown[] = []
  const onRejection = (reason: unknown): void => void rejections.push(reason)
  process.on('unhandledRejection', onRejection)
  t.teardown(() => process.off('unhandledRejection', onRejection))
  const provider = await fakeProvider(t)
  const app = await application(t, [discord(known), house(provider)])
  const servers = bootedServers(t, (server) => {
    void server.register(async () => {
      throw new Error('this server does not boot')
    })
  })
  await app.ready()
  await servers.reach(2)
  like(t, await app.inject({ url: '/login/discord', headers: { accept: 'application/json' } }), {
    statusCode: 500
  })
  t.equal((await app.inject('/login/house')).statusCode, 500)
  t.equal((await app.inject('/login')).statusCode, 200)
  t.same(rejections, [])
})

t.test('boots no second server for a provider whose login came first (K29.3)', async (t) => {
  const gate = new EventEmitter()
  const clientSecret = (): string => 'opensesame'
  const app = await application(t, [
    github(known),
    { ...discord(known), clientSecret },
    discord({ ...known, name: 'last' })
  ])
  const servers = bootedServers(t, (server) => {
    if (servers.count === 1) void server.register(() => once(gate, 'open'))
  })
  await app.ready()
  await servers.reach(1)
  t.equal((await app.inject('/login/discord')).statusCode, 303)
  t.equal(servers.count, 2)
  gate.emit('open')
  await servers.reach(3)
  t.equal((await app.inject('/login/last')).statusCode, 303)
  t.equal(servers.count, 3)
})

t.test('boots no more servers after the application has closed (K29.3)', async (t) => {
  const app = await application(t, [discord(known), github(known), discord({ ...known, name: 'other' })])
  const servers = bootedServers(t)
  await app.ready()
  await servers.reach(1)
  await app.close()
  const booted = servers.count
  t.ok(booted < 3)
  await new Promise(setImmediate)
  t.equal(servers.count, booted)
})

t.test('boots no server when the application closes at once (K29.3)', async (t) => {
  const app = await application(t, [discord(known)])
  const servers = bootedServers(t)
  await app.ready()
  await app.close()
  t.equal(servers.count, 0)
})

/** An application with a login that has not started yet. It is closed after the test. */
async function application(t: Test, providers: Provider[]): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(fakeSession, { origin, sessions: new Map() })
  await app.register(login, { store: memoryStore(), providers })
  return app
}

/** Counts the servers that are created from now on. */
function bootedServers(t: Test, onServer: (server: FastifyInstance) => void = () => {}) {
  const changes = new EventEmitter()
  const servers = {
    count: 0,
    async reach(count: number): Promise<void> {
      while (servers.count < count) await once(changes, 'change')
    }
  }
  const listen = (message: unknown): void => {
    servers.count += 1
    onServer((message as { fastify: FastifyInstance }).fastify) // Fastify publishes this object
    changes.emit('change')
  }
  subscribe('fastify.initialization', listen)
  t.teardown(() => unsubscribe('fastify.initialization', listen))
  return servers
}
