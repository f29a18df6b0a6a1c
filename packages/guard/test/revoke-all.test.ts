import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { like, throwsLike } from '@latchkey/exact'
import guard, { noAuthentication, type Revocation, UnavailableError } from '@latchkey/guard'
import { RevocationFailedError } from '@latchkey/guard/plugin'
import { addRevocation } from '@latchkey/guard/plugin'

async function serve(t: Test): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  return app
}

function noted(calls: string[], name: string, more: Partial<Revocation> = {}): Revocation {
  return { name, revokeAll: async (subject) => calls.push(`${name} ${subject}`), ...more }
}

t.test('revokeAll() calls every function, those of credentials that give others first (SEC-86)', async (t) => {
  const app = await serve(t)
  const calls: string[] = []
  app.guard.addRevocation(noted(calls, 'tokens'))
  app.guard.addRevocation(
    noted(calls, 'sessions', {
      first: true,
      async revokeAll(subject) {
        await new Promise(setImmediate)
        calls.push(`sessions ${subject}`)
      }
    })
  )
  await app.guard.revokeAll('alice')
  t.same(calls, ['sessions alice', 'tokens alice'])
})

t.test('revokeAll() reaches the context of the guard, its parents and its child contexts (SEC-86)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const calls: string[] = []
  addRevocation(app, noted(calls, 'root'))
  const guards: FastifyInstance[] = []
  for (const area of ['a', 'b']) {
    await app.register(async (child) => {
      addRevocation(child, noted(calls, `${area} before its guard`))
      await child.register(guard)
      guards.push(child)
      child.guard.addRevocation(noted(calls, area))
      await child.register(async (inner) => inner.guard.addRevocation(noted(calls, `inner ${area}`)))
    })
  }
  await app.ready()
  await guards[0]?.guard.revokeAll('alice')
  t.same(calls, ['root alice', 'a before its guard alice', 'a alice', 'inner a alice'])
})

t.test(
  'revokeAll() calls all functions although some fail, and rejects with a 503 if one of them was (SEC-86)',
  async (t) => {
    const app = await serve(t)
    const calls: string[] = []
    const broken = new Error('broken')
    const down = Object.assign(new Error('down'), { statusCode: 503 })
    const errors: (Error | null)[] = [broken, down]
    const failing = async (at: number): Promise<void> => {
      const error = errors[at]
      if (error) throw error
    }
    app.guard.addRevocation({ name: 'sessions', first: true, revokeAll: async () => failing(0) })
    app.guard.addRevocation({ name: 'keys', revokeAll: async () => failing(1) })
    app.guard.addRevocation(noted(calls, 'tokens'))
    const rejection = async (): Promise<unknown> => app.guard.revokeAll('alice').catch((error: unknown) => error)
    const first = await rejection()
    t.ok(first instanceof UnavailableError)
    like(t, first, { statusCode: 503, retryAfter: 5, cause: { message: 'Failed: sessions, keys' } })
    t.strictSame((first as { cause?: AggregateError }).cause?.errors, [broken, down])
    errors[1] = null
    const second = await rejection()
    t.ok(second instanceof RevocationFailedError)
    like(t, second, { statusCode: 500, code: 'LATCHKEY_REVOCATION_FAILED', cause: { message: 'Failed: sessions' } })
    errors[0] = null
    t.equal(await rejection(), undefined)
    t.same(calls, ['tokens alice', 'tokens alice', 'tokens alice'])
  }
)

t.test('answers 503 with Retry-After and without the reason when revokeAll() fails in a route (SEC-86)', async (t) => {
  const app = await serve(t)
  app.guard.addRevocation({
    name: 'secret-plugin',
    revokeAll: async () => {
      throw Object.assign(new Error('10.0.0.7 is down'), { statusCode: 503 })
    }
  })
  app.post('/sign-out', { config: { access: noAuthentication } }, async () => app.guard.revokeAll('alice'))
  const { statusCode, headers, body } = await app.inject({ method: 'POST', url: '/sign-out' })
  t.same([statusCode, headers['retry-after']], [503, '5'])
  t.notMatch(body, /10\.0\.0\.7|secret-plugin/)
})

t.test('refuses a wrong revocation, and a subject that is not a text', async (t) => {
  const app = await serve(t)
  const revokeAll = async (): Promise<void> => {}
  for (const [given, message] of [
    [null, /argument "revocation" must be an object/],
    [{ revokeAll }, /name/],
    [{ name: 'x' }, /revokeAll/],
    [{ name: 'x', revokeAll, first: 1 }, /first/]
  ] as const) {
    // The types forbid all of them; JavaScript callers may pass one.
    throwsLike(t, () => app.guard.addRevocation(given as unknown as Revocation), { name: 'RegistrationError', message })
  }
  for (const subject of ['', undefined, 7]) await t.rejects(app.guard.revokeAll(subject as string), TypeError)
})
