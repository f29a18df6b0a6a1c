import { Writable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import guard, { allOf, type Authenticator, everyone, InvalidTokenError, UnavailableError } from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

interface Line {
  readonly level: number
  readonly msg: string
}

function failure(code: unknown): Error {
  return Object.assign(new Error('hunter2'), { code })
}

/** Returns the guard's log lines for one request, and the number of all lines. */
async function logOf(
  t: Test,
  request: { url?: string; headers?: Record<string, string> },
  prepare: (app: FastifyInstance) => void = () => undefined
): Promise<{ ours: Line[]; all: string[] }> {
  const all: string[] = []
  const stream = new Writable({ write: (chunk, _encoding, done) => done(void all.push(String(chunk))) })
  const app: FastifyInstance = Fastify({
    logger: { level: 'info', stream, base: null, timestamp: false },
    genReqId: () => 'r-1'
  })
  t.teardown(() => app.close())
  prepare(app)
  await app.register(guard)
  const keys = keyAuthenticator()
  const cookie = keyAuthenticator({ scheme: 'session', challenge: null, header: 'cookie', ambient: true })
  const refusing: Authenticator = {
    ...keys,
    authenticate(request) {
      const { key } = request.headers
      if (key === 'forged') throw new InvalidTokenError('The key is not valid', { cause: 'the\nsignature' })
      if (key === 'odd') throw new InvalidTokenError('The key is not valid', { cause: new Error('hunter2') })
      if (key === 'down') throw new UnavailableError('Down', { cause: failure('ECONNREFUSED') })
      if (key === 'numbered') throw new UnavailableError('Down', { cause: failure(7) })
      return keys.authenticate(request)
    }
  }
  app.guard.addAuthenticator(refusing)
  app.guard.addAuthenticator({ ...cookie, signInUrl: () => '/login' })
  app.get('/items/:id', { config: { access: allOf('read') } }, async () => 'item')
  app.get('/open', { config: { access: everyone } }, async () => 'open')
  await app.inject({ url: '/items/7?secret=hunter2', ...request })
  const lines = all.map((line) => JSON.parse(line) as Line)
  return { ours: lines.filter(({ msg }) => msg === 'The guard refused a request'), all }
}

const shared = {
  msg: 'The guard refused a request',
  level: 30,
  reqId: 'r-1',
  method: 'GET',
  route: '/items/:id',
  requestId: 'r-1',
  subject: null,
  issuer: null
}
const refused = { ...shared, event: 'latchkey:authentication', kind: 'refused', scheme: 'key' }
const denied = { ...shared, event: 'latchkey:authorization', kind: 'denied', scheme: null, scopes: [], maxAge: null }
const lacking = { ...denied, code: 'LATCHKEY_INSUFFICIENT_SCOPE', scheme: 'key', scopes: ['read'] }
const denials: { name: string; headers: Record<string, string>; line: object }[] = [
  {
    name: 'an anonymous caller is refused',
    headers: {},
    line: { ...denied, code: 'LATCHKEY_AUTHENTICATION_REQUIRED' }
  },
  {
    name: 'a browser is redirected to the login',
    headers: { 'sec-fetch-mode': 'navigate' },
    line: { ...denied, code: 'LATCHKEY_AUTHENTICATION_REQUIRED' }
  },
  {
    name: 'the caller lacks a scope',
    headers: { key: 'ann' },
    line: { ...lacking, subject: 'ann' }
  },
  {
    name: 'a credential is refused with a text as the cause',
    headers: { key: 'forged' },
    line: { ...refused, code: 'LATCHKEY_INVALID_TOKEN', reason: 'the\nsignature' }
  },
  {
    name: 'a credential is refused with an error as the cause',
    headers: { key: 'odd' },
    line: { ...refused, code: 'LATCHKEY_INVALID_TOKEN' }
  },
  {
    name: 'a dependency is down',
    headers: { key: 'down' },
    line: { ...refused, code: 'LATCHKEY_UNAVAILABLE', reason: 'ECONNREFUSED' }
  },
  {
    name: 'a dependency is down and its code is a number',
    headers: { key: 'numbered' },
    line: { ...refused, code: 'LATCHKEY_UNAVAILABLE' }
  },
  {
    name: 'the name of the caller contains a line separator',
    headers: { key: 'ann\u0085{"level":60}' },
    line: { ...lacking, subject: 'ann\u0085{"level":60}' }
  }
]

for (const { name, headers, line } of denials) {
  t.test(`logs one line when ${name} (SEC-148, SEC-149)`, async (t) => {
    const { ours, all } = await logOf(t, { headers })
    t.equal(ours.length, 1)
    t.strictSame(ours, [line])
    t.ok(
      all.every((text) => text.endsWith('}\n') && text.indexOf('\n') === text.length - 1),
      'each entry is one line'
    )
    t.notMatch(JSON.stringify(ours), /hunter2/)
  })
}

t.test('logs nothing about accepted requests (SEC-149)', async (t) => {
  for (const request of [{ headers: { key: 'ann read' } }, { url: '/open' }, { url: '/nowhere' }]) {
    t.same((await logOf(t, request)).ours, [])
  }
})

t.test('logs its line when the error handler of the application logs nothing (SEC-149)', async (t) => {
  const { ours, all } = await logOf(t, {}, (app) => {
    app.setErrorHandler(async (_error, _request, reply) => reply.code(401).send({}))
  })
  t.equal(ours.length, 1)
  t.equal(all.filter((line) => line.includes('LATCHKEY_AUTHENTICATION_REQUIRED')).length, 1)
})
