import t from 'tap'
import { ApiKeyLimitError, ApiKeyRequestError } from '@latchkey/api-keys'
import { rejectsLike } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import { newKey, serverWith, start } from './fixtures/server.ts'

const YEAR = 31_536_000
const EXPIRY = `expiresAt must be a time in the future, in whole seconds since the epoch, at most ${YEAR} seconds from now`
const NAME = 'name must have 1 to 100 characters, and no control characters'
const SCOPES = 'scopes must be a list of scope tokens of at most 8192 characters together'
const SUBJECT = 'subject must be a non-empty string'

for (const [title, given, message] of [
  ['no subject', { subject: '' }, SUBJECT],
  ['a subject with NUL', { subject: 'a\0' }, SUBJECT],
  ['a number for a subject', { subject: 1 }, SUBJECT],
  ['an empty name', { name: '' }, NAME],
  ['a long name', { name: 'a'.repeat(101) }, NAME],
  ['a name with a line break', { name: 'a\nb' }, NAME],
  ['a name with half a character', { name: '\ud800' }, NAME],
  ['no name', { name: undefined }, NAME],
  ['scopes as a text', { scopes: 'items:read' }, SCOPES],
  ['a scope with a space', { scopes: ['a b'] }, SCOPES],
  ['too many scopes', { scopes: ['a'.repeat(8193)] }, SCOPES],
  ['an unknown scope', { scopes: ['items:read', 'toString'] }, 'scopes must contain only scopes of this server'],
  ['an expiry in the past', { expiresAt: start }, EXPIRY],
  ['a late expiry', { expiresAt: start + YEAR + 1 }, EXPIRY],
  ['no expiry', { expiresAt: null }, EXPIRY],
  ['an expiry in parts of seconds', { expiresAt: start + 1.5 }, EXPIRY],
  ['an expiry as a text', { expiresAt: '2040-01-01' }, EXPIRY]
] as const satisfies [string, object, string][]) {
  t.test(`create() refuses ${title}, and stores nothing`, async (t) => {
    const app = await serverWith(t, { guardOptions: { scopes: { 'items:read': 'Read items' } } })
    const wrong = given as object as Parameters<typeof newKey>[1] // cast: a caller in JavaScript may pass anything
    await rejectsLike(t, newKey(app, wrong), {
      constructor: ApiKeyRequestError,
      code: 'LATCHKEY_API_KEY_REQUEST',
      statusCode: 400,
      message
    })
    t.same(await app.apiKeys.list('alice'), [])
  })
}

t.test('a key without an expiry is possible with maxLifetime: false', async (t) => {
  const app = await serverWith(t, { options: { maxLifetime: false } })
  t.equal((await newKey(app)).expiresAt, null)
  t.equal((await newKey(app, { expiresAt: null })).expiresAt, null)
  t.equal((await newKey(app, { expiresAt: start + 99 * YEAR })).expiresAt, start + 99 * YEAR)
  const message = 'expiresAt must be a time in the future, in whole seconds since the epoch'
  await rejectsLike(t, newKey(app, { expiresAt: start }), { message })
  app.clock.time = start + 50 * YEAR
  t.equal((await app.apiKeys.list('alice')).length, 3)
})

t.test('a subject has at most maxPerSubject keys, also of concurrent calls', async (t) => {
  const app = await serverWith(t, { options: { maxPerSubject: 3 } })
  const all = await Promise.allSettled(Array.from({ length: 10 }, async () => newKey(app)))
  t.ok(all.filter(({ status }) => status === 'fulfilled').length <= 3)
  t.ok((await app.apiKeys.list('alice')).length <= 3)
  await app.apiKeys.revokeAll('alice')
  const [first] = [await newKey(app, { expiresAt: start + 5 }), await newKey(app), await newKey(app)]
  await rejectsLike(t, newKey(app), {
    constructor: ApiKeyLimitError,
    code: 'LATCHKEY_API_KEY_LIMIT',
    statusCode: 409,
    message: 'There are 3 API keys already. Revoke one of them first'
  })
  t.equal((await app.apiKeys.list('alice')).length, 3)
  await newKey(app, { subject: 'ben' })
  app.clock.time = first.expiresAt ?? 0
  await newKey(app)
})

t.test('list() returns the oldest key first, with each scope once', async (t) => {
  const app = await serverWith(t)
  await newKey(app, { name: 'one', scopes: ['a', 'b', 'a'] })
  app.clock.time = start + 1
  await newKey(app, { name: 'two', scopes: [] })
  const keys = await app.apiKeys.list('alice')
  t.same(
    keys.map(({ name, scopes }) => [name, scopes]),
    [
      ['one', ['a', 'b']],
      ['two', []]
    ]
  )
  t.notOk(keys.some((key) => 'key' in key))
  t.same(await app.apiKeys.list('ben'), [])
})

t.test('rejects with the error of a store that is down', async (t) => {
  const { records } = memoryStore()
  const down = async (): Promise<never> => Promise.reject(Object.assign(new Error('gone'), { statusCode: 503 }))
  const broken = { ...records, create: down, list: down, find: down, removeOwned: down }
  const app = await serverWith(t, { options: { store: { records: broken } } })
  await rejectsLike(t, newKey(app), { statusCode: 503 })
  await rejectsLike(t, app.apiKeys.list('alice'), { statusCode: 503 })
  await rejectsLike(t, app.apiKeys.revoke('alice', 'a'.repeat(43)), { statusCode: 503 })
  await rejectsLike(t, app.apiKeys.revokeAll('alice'), { statusCode: 503 })
})
