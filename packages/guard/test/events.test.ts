import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import guard, {
  allOf,
  authenticated,
  type AuthenticationEvent,
  type Authenticator,
  type AuthorizationEvent,
  everyone,
  type GuardOptions,
  recentLogin
} from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

const cookie: Authenticator = {
  ...keyAuthenticator({ scheme: 'session', challenge: null, header: 'cookie', ambient: true }),
  signInUrl: () => '/login'
}
const failing = keyAuthenticator({ scheme: 'failing', header: 'failing' })

async function serverWith(t: Test, options: GuardOptions = {}): Promise<FastifyInstance> {
  const app = Fastify({ genReqId: () => 'r-1' })
  t.teardown(() => app.close())
  await app.register(guard, options)
  app.guard.addAuthenticator({ ...keyAuthenticator(), authenticate: keyAuthenticator({ slow: true }).authenticate })
  app.guard.addAuthenticator(cookie)
  app.guard.addAuthenticator({
    ...failing,
    authenticate(request) {
      if (request.headers['failing'] === undefined) return null
      throw new Error('password=hunter2')
    }
  })
  app.get('/items/:id', { config: { access: allOf('read', 'list') } }, async () => 'item')
  app.get('/recent', { config: { access: recentLogin({ maxAge: 60 }) } }, async () => 'recent')
  app.get('/open', { config: { access: everyone } }, async () => 'open')
  return app
}

/** Collects the events from here to the end of the test. */
function listen(t: Test): [channel: string, event: unknown][] {
  const heard: [string, unknown][] = []
  for (const name of ['authentication', 'authorization']) {
    const listener = (event: unknown): void => void heard.push([name, event])
    subscribe(`latchkey:${name}`, listener)
    t.teardown(() => unsubscribe(`latchkey:${name}`, listener))
  }
  return heard
}

const item = { method: 'GET', route: '/items/:id', requestId: 'r-1' }
const nobody = { scheme: null, subject: null, issuer: null }
const ann = { scheme: 'key', subject: 'ann', issuer: null }
const none = { code: null, scopes: [], maxAge: null }

const stories: {
  name: string
  url?: string
  headers?: Record<string, string>
  options?: GuardOptions
  authentication: AuthenticationEvent
  authorization?: AuthorizationEvent
}[] = [
  {
    name: 'a caller is accepted',
    headers: { key: 'ann read list' },
    authentication: { kind: 'accepted', ...item, ...ann, code: null },
    authorization: { kind: 'granted', ...item, ...ann, ...none }
  },
  {
    name: 'an anonymous caller is accepted under the rule everyone',
    url: '/open?secret=hunter2',
    authentication: { kind: 'anonymous', ...item, route: '/open', ...nobody, code: null },
    authorization: { kind: 'granted', ...item, route: '/open', ...nobody, ...none }
  },
  {
    name: 'an anonymous caller is refused',
    authentication: { kind: 'anonymous', ...item, ...nobody, code: null },
    authorization: { kind: 'denied', ...item, ...nobody, ...none, code: 'LATCHKEY_AUTHENTICATION_REQUIRED' }
  },
  {
    name: 'a browser is redirected to the login',
    headers: { 'sec-fetch-mode': 'navigate' },
    authentication: { kind: 'anonymous', ...item, ...nobody, code: null },
    authorization: { kind: 'denied', ...item, ...nobody, ...none, code: 'LATCHKEY_AUTHENTICATION_REQUIRED' }
  },
  {
    name: 'the caller lacks a scope',
    headers: { key: 'ann read' },
    authentication: { kind: 'accepted', ...item, ...ann, code: null },
    authorization: {
      kind: 'denied',
      ...item,
      ...ann,
      code: 'LATCHKEY_INSUFFICIENT_SCOPE',
      scopes: ['read', 'list'],
      maxAge: null
    }
  },
  {
    name: 'the login of the caller is too old',
    url: '/recent',
    headers: { cookie: 'ann' },
    authentication: { kind: 'accepted', ...item, route: '/recent', ...ann, scheme: 'session', code: null },
    authorization: {
      kind: 'denied',
      ...item,
      route: '/recent',
      ...ann,
      scheme: 'session',
      code: 'LATCHKEY_INSUFFICIENT_USER_AUTHENTICATION',
      scopes: [],
      maxAge: 60
    }
  },
  {
    name: 'a credential is invalid',
    headers: { key: 'bad' },
    authentication: { kind: 'refused', ...item, ...nobody, scheme: 'key', code: 'LATCHKEY_INVALID_TOKEN' }
  },
  {
    name: 'an authenticator fails',
    headers: { failing: 'x' },
    authentication: { kind: 'refused', ...item, ...nobody, scheme: 'failing', code: 'LATCHKEY_GUARD_FAILURE' }
  },
  {
    name: 'the application no longer knows the user of a key',
    headers: { key: 'ann read list' },
    options: { resolveUser: () => null },
    authentication: { kind: 'refused', ...item, ...ann, code: 'LATCHKEY_INVALID_TOKEN' }
  },
  {
    name: 'the application no longer knows the user of a cookie',
    url: '/open',
    headers: { cookie: 'ann' },
    options: { resolveUser: () => null },
    authentication: { kind: 'anonymous', ...item, route: '/open', ...nobody, code: null },
    authorization: { kind: 'granted', ...item, route: '/open', ...nobody, ...none }
  }
]

for (const { name, url = '/items/7?secret=hunter2', headers = {}, options, authentication, authorization } of stories) {
  t.test(`publishes events when ${name} (SEC-149)`, async (t) => {
    const app = await serverWith(t, options)
    const heard = listen(t)
    await app.inject({ url, headers })
    t.strictSame(heard, [
      ['authentication', authentication],
      ...(authorization ? [['authorization', authorization]] : [])
    ])
    t.notMatch(JSON.stringify(heard), /hunter2/)
  })
}

t.test('publishes events with the route null for a path without a route under a rule (SEC-149)', async (t) => {
  const app = await serverWith(t)
  app.register(
    async (area) => {
      area.guard.require(authenticated)
      area.setNotFoundHandler(async (_request, reply) => reply.code(404).send('nothing'))
    },
    { prefix: '/area' }
  )
  const heard = listen(t)
  await app.inject('/area/hunter2')
  like(t, heard, [
    ['authentication', { kind: 'anonymous', route: null }],
    ['authorization', { kind: 'denied', route: null }]
  ])
})

t.test('gives the same answers when a subscriber throws, and Node reports the errors (SEC-149)', async (t) => {
  const app = await serverWith(t)
  const broken = (): never => {
    throw new Error('broken subscriber')
  }
  for (const name of ['latchkey:authentication', 'latchkey:authorization']) {
    subscribe(name, broken)
    t.teardown(() => unsubscribe(name, broken))
  }
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  t.teardown(() => {
    for (const listener of others) process.on('uncaughtException', listener)
  })
  const told: unknown[] = []
  process.on('uncaughtException', (error) => void told.push(error.message))
  t.teardown(() => process.removeAllListeners('uncaughtException'))

  const statuses: number[] = []
  for (const key of ['ann read list', 'ann', 'bad']) {
    statuses.push((await app.inject({ url: '/items/7', headers: { key } })).statusCode)
  }
  t.same(statuses, [200, 403, 401])
  t.same(
    told,
    Array.from({ length: 5 }, () => 'broken subscriber')
  )
})
