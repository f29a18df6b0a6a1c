import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { like } from '@latchkey/exact'
import guard, { type Authentication, everyone } from '@latchkey/guard'
import Fastify from 'fastify'
import t from 'tap'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

const bearer = keyAuthenticator({ scheme: 'bearer', challenge: 'Bearer' })
const fails = (): never => {
  throw new Error('password=hunter2')
}
const circle: Record<string, unknown> = {}
circle['self'] = circle
const ann = { subject: 'ann', issuer: null, scopes: new Set(), claims: {}, authenticatedAt: null }

for (const [name, answer] of [
  ['claims that contain themselves', { ...ann, claims: circle }],
  ['a claim that throws', { ...ann, claims: Object.defineProperty({}, 'a', { enumerable: true, get: fails }) }],
  ['scopes that only look like a Set', { ...ann, scopes: { [Symbol.toStringTag]: 'Set' } }],
  ['roles that throw', { ...ann, roles: { [Symbol.iterator]: fails } }]
] as const) {
  t.test(`answers 500 without details when an authenticator returns ${name} (SEC-68)`, async (t) => {
    const events: unknown[] = []
    const hear = (event: unknown): void => void events.push(event)
    subscribe('latchkey:authentication', hear)
    t.teardown(() => unsubscribe('latchkey:authentication', hear))
    for (const given of [answer, Promise.resolve(answer)]) {
      const authenticate = () => given as Authentication
      const app = Fastify()
      t.teardown(() => app.close())
      await app.register(guard, { roles: { editor: ['a'] } })
      app.guard.addAuthenticator({ ...bearer, authenticate })
      app.get('/', { config: { access: everyone } }, async () => 'open')
      const response = await app.inject('/')
      t.same([response.statusCode, response.json().code], [500, 'LATCHKEY_GUARD_FAILURE'])
      t.same([response.headers['cache-control'], response.headers.vary], ['no-store', 'key'])
      like(t, events.pop(), { kind: 'refused', subject: 'ann', scheme: 'bearer', code: 'LATCHKEY_GUARD_FAILURE' })
    }
    t.same(events, [])
  })
}
