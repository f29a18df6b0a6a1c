import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import guard, { allOf, anyOf, authenticated, everyone, type GuardOptions } from '@latchkey/guard'
import { alternatives } from '@latchkey/guard/plugin'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

/** Tries to empty a list, and ignores the error of a frozen list. */
function empty(list: unknown): void {
  try {
    ;(list as unknown[]).length = 0 // cast: possible in JavaScript
  } catch {
    // The list is frozen.
  }
}

/** Ann has the scope `read`, and `/admin` needs `read` and `admin`. */
async function serverWith(t: Test, options: GuardOptions = {}): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, options)
  const ann = Object.freeze({
    subject: 'ann',
    issuer: null,
    scopes: new Set(['read']),
    claims: Object.freeze({}),
    authenticatedAt: null
  })
  app.guard.addAuthenticator({ ...keyAuthenticator(), authenticate: () => ann })
  app.get('/admin', { config: { access: allOf('read', 'admin') } }, async () => 'admin')
  return app
}

async function refusedTwice(t: Test, app: FastifyInstance): Promise<void> {
  for (const round of [1, 2]) {
    const response = await app.inject('/admin')
    t.equal(response.statusCode, 403, `round ${round}`)
    t.match(response.headers['www-authenticate'], /scope="read admin"/)
  }
}

t.test('requires the same scopes after the option implies was changed (SEC-153)', async (t) => {
  const implies = { read: ['list'], admin: ['read'] }
  const app = await serverWith(t, { implies })
  await app.ready()
  implies.read.push('admin')
  await refusedTwice(t, app)
})

t.test('requires the same scopes after an error handler changed its arguments', async (t) => {
  const app = await serverWith(t)
  app.setErrorHandler((error: { scopes?: unknown; statusCode: number }, _request, reply) => {
    empty(error.scopes)
    return reply.code(error.statusCode).send('no')
  })
  await refusedTwice(t, app)
})

t.test('requires the same scopes after a subscriber changed its event (SEC-149)', async (t) => {
  const app = await serverWith(t)
  const events: unknown[] = []
  const tamper = (event: unknown): void => {
    events.push(event)
    empty((event as { scopes: unknown }).scopes)
  }
  subscribe('latchkey:authorization', tamper)
  subscribe('latchkey:authentication', tamper)
  t.teardown(() => {
    unsubscribe('latchkey:authorization', tamper)
    unsubscribe('latchkey:authentication', tamper)
  })
  await refusedTwice(t, app)
  t.equal(events.length, 4)
  t.ok(events.every((event) => Object.isFrozen(event)))
})

t.test('requires the same scopes after resolveUser and permissions changed their arguments', async (t) => {
  let asked = 0
  const tamper = (principal: object): void => {
    asked++
    const { scopes } = principal as { scopes?: Set<string> } // cast: the type leaves it out
    scopes?.add('admin')
  }
  const app = await serverWith(t, {
    resolveUser: (principal) => {
      tamper(principal)
      return 'ann'
    },
    permissions: (principal) => {
      tamper(principal)
      return ['read', 'admin']
    }
  })
  await refusedTwice(t, app)
  t.equal(asked, 4)
})

t.test('returns immutable alternatives', (t) => {
  for (const rule of [everyone, authenticated, allOf('read', 'admin'), anyOf('read', allOf('read', 'admin'))]) {
    const ways = alternatives(rule)
    t.ok(Object.isFrozen(ways))
    t.ok(ways.every((way) => Object.isFrozen(way) && Object.isFrozen(way.scopes)))
  }
  t.end()
})
