import t from 'tap'
import Fastify from 'fastify'
import apiKeys, { type ApiKeysOptions } from '@latchkey/api-keys'
import { rejectsLike } from '@latchkey/exact'
import guard from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import { serverWith } from './fixtures/server.ts'

const good: ApiKeysOptions = { prefix: 'acme', store: memoryStore() }
const PREFIX =
  "prefix must be 2 to 32 lower-case letters and digits in words that _ joins, such as 'acme_live', and begin with a letter; got"
const HEADER =
  "header must be the name of a header of its own; got a string. Fix: for Authorization, set location: 'bearer'"

const wrong: [name: string, options: Record<string, unknown>, message: string][] = [
  ['no prefix', { prefix: undefined }, `${PREFIX} undefined`],
  ['a prefix of one letter', { prefix: 'a' }, `${PREFIX} a string`],
  ['a long prefix', { prefix: 'a'.repeat(33) }, `${PREFIX} a string`],
  ['a prefix in upper case', { prefix: 'Acme' }, `${PREFIX} a string`],
  ['a prefix with a final _', { prefix: 'acme_' }, `${PREFIX} a string`],
  ['a prefix that is a pattern', { prefix: 'a.*' }, `${PREFIX} a string`],
  ['no store', { store: undefined }, 'store must have records, as memoryStore() and sqlStore() have; got undefined'],
  [
    'an empty store',
    { store: { records: {} } },
    'store must have records, as memoryStore() and sqlStore() have; got an object'
  ],
  ['another location', { location: 'query' }, "location must be 'header' or 'bearer'; got a string"],
  ['the header Authorization', { header: 'authorization' }, HEADER],
  ['the header Cookie', { header: 'Cookie' }, HEADER],
  ['a header with a space', { header: 'X Key' }, HEADER],
  [
    'a header with the location bearer',
    { header: 'X-Key', location: 'bearer' },
    "header has no effect with location: 'bearer'. Fix: leave one of the two out"
  ],
  ['a long memory', { remember: 301 }, 'remember must be a whole number of seconds from 0 to 300; got a number'],
  ['no keys', { maxPerSubject: 0 }, 'maxPerSubject must be a whole number of keys from 1 to 1000; got a number'],
  [
    'a short lifetime',
    { maxLifetime: 59 },
    'maxLifetime must be a whole number of seconds from 60 to 315360000, or false; got a number'
  ],
  [
    'no failures',
    { throttle: { failures: 0 } },
    'throttle.failures must be a whole number of failures from 1 to 1000000000; got a number'
  ],
  [
    'a path with a final slash',
    { routes: '/keys/' },
    "routes must be true, false, or a path such as '/account/keys'; got a string"
  ],
  ['an age of 0', { maxLoginAge: 0 }, 'maxLoginAge must be a whole number of seconds from 1 to 31536000; got a number'],
  ['an unknown option', { header2: 'x' }, 'header2 does not exist. Fix: write header'],
  ['routes without sessions', { routes: true }, 'routes needs sessions. Fix: register @latchkey/session before']
]

for (const [name, options, message] of wrong) {
  t.test(`does not start with ${name}`, async (t) => {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(guard)
    await rejectsLike(t, async () => app.register(apiKeys, { ...good, ...options }), {
      code: 'LATCHKEY_REGISTRATION',
      message: `@latchkey/api-keys: ${message}`
    })
  })
}

t.test('does not start twice in one context', async (t) => {
  const app = await serverWith(t)
  await rejectsLike(t, async () => app.register(apiKeys, good), {
    code: 'LATCHKEY_REGISTRATION',
    message: '@latchkey/api-keys: the plugin is registered already, in this context or in a parent context'
  })
})

t.test('counts failures in the process if the store has no throttle', async (t) => {
  const { records } = memoryStore()
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  await app.register(apiKeys, { prefix: 'acme', store: { records }, routes: false })
  const { key } = await app.apiKeys.create({ subject: 'alice', name: 'a', scopes: [] })
  t.match(key, /^acme_/)
})
