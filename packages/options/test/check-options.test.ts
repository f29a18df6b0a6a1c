import t from 'tap'
import { throwsLike } from '@latchkey/exact'
import * as o from '@latchkey/options'
import * as v from 'valibot'

const SECRET = 'canary-of-a-secret'

const member = o.members({ clientId: o.text, tags: o.optional(o.listOf('be a list of tags', o.text), []) })
const schema = o.pluginOptions({
  issuer: o.must("be an origin such as 'https://login.example.com'", o.isOrigin, 'read the README'),
  timeout: o.optional(o.integer(1, 60, 'seconds'), 10),
  size: o.optional(o.integer(0, Number.POSITIVE_INFINITY, 'bytes')),
  mode: o.optional(o.oneOf('strict', 'lax')),
  open: o.optional(o.flag, false),
  name: o.optional(o.matching('have letters only', /^[a-z]+$/)),
  now: o.clock,
  limits: o.group({ failures: o.optional(o.integer(1, 9, 'failures'), 3) }),
  clients: o.optional(o.listOf('be a list of at least one client', member, 1)),
  keys: o.optional(o.either(Array.isArray, o.listOf('be a list of keys', o.text), o.aFunction<() => string>())),
  store: o.optional(o.shape<object>({ find: o.aFunction(), room: o.optional(o.flag) })),
  given: o.optional(o.asGiven<{ readonly clientId: string }>(member)),
  code: o.optional(o.faultless<string>((value) => (value === 'ok' ? undefined : 'must be ok'))),
  routes: o.optional(o.must('map names to lists', (value) => o.isMapOf(value, Array.isArray)))
})

const good = { issuer: 'https://login.example.com' }

function check(options: unknown): ReturnType<typeof o.checkOptions<unknown>> {
  return o.checkOptions('@example/plugin', schema, options)
}

t.test('returns the options with their defaults, frozen, without a change to what was given', async (t) => {
  const given = Object.freeze({ ...good, timeout: undefined, clients: Object.freeze([{ clientId: 'a' }]) })
  const options = o.checkOptions('@example/plugin', schema, given)
  t.same(options, {
    issuer: 'https://login.example.com',
    timeout: 10,
    open: false,
    now: Date.now,
    limits: { failures: 3 },
    clients: [{ clientId: 'a', tags: [] }]
  })
  t.ok(Object.isFrozen(options) && Object.isFrozen(options.limits))
  t.same(given.clients, [{ clientId: 'a' }])
})

t.test('passes values on by identity: functions, stores, and objects that are checked as given', async (t) => {
  class Store {
    readonly state = new Map()
    find(): void {}
  }
  const given = { ...good, now: () => 0, keys: () => 'key', store: new Store(), given: { clientId: 'a' } }
  const options = o.checkOptions('@example/plugin', schema, given)
  for (const name of ['now', 'keys', 'store', 'given'] as const) t.equal(options[name], given[name], name)
})

t.test('accepts the options that Fastify reads, in those of a plugin only', async (t) => {
  t.ok(check({ ...good, prefix: '/v1', logLevel: 'warn', logSerializers: {} }))
  throwsLike(t, () => o.checkOptions('make()', o.members({ a: o.flag }), { a: true, prefix: '/v1' }), {
    message: 'make(): prefix does not exist. Fix: use one of a'
  })
})

for (const [options, fault] of [
  [{}, "issuer must be an origin such as 'https://login.example.com'; got undefined. Fix: read the README"],
  [
    { issuer: SECRET },
    "issuer must be an origin such as 'https://login.example.com'; got a string. Fix: read the README"
  ],
  [{ ...good, timeout: 0 }, 'timeout must be a whole number of seconds from 1 to 60; got a number'],
  [{ ...good, timeout: '3' }, 'timeout must be a whole number of seconds from 1 to 60; got a string'],
  [{ ...good, timeout: 3n }, 'timeout must be a whole number of seconds from 1 to 60; got a bigint'],
  [{ ...good, size: -1 }, 'size must be a whole number of bytes from 0; got a number'],
  [{ ...good, mode: SECRET }, "mode must be 'strict' or 'lax'; got a string"],
  [{ ...good, open: null }, 'open must be true or false; got null'],
  [{ ...good, name: '' }, 'name must have letters only; got an empty string'],
  [{ ...good, now: 0 }, 'now must be a function; got a number'],
  [{ ...good, limits: [] }, 'limits must be an object with failures; got an empty list'],
  [
    { ...good, limits: { failures: 10 } },
    'limits.failures must be a whole number of failures from 1 to 9; got a number'
  ],
  [{ ...good, limits: { failure: 1 } }, 'limits.failure does not exist. Fix: write failures'],
  [{ ...good, clients: [] }, 'clients must be a list of at least one client; got an empty list'],
  [{ ...good, clients: {} }, 'clients must be a list of at least one client; got an object'],
  [{ ...good, clients: [{ clientId: 'a' }, SECRET] }, 'clients[1] must be an object with clientId, tags; got a string'],
  [{ ...good, clients: [{}] }, 'clients[0].clientId must be a non-empty string; got undefined'],
  [
    { ...good, clients: [{ clientId: 'a', tags: ['b', SECRET, 7] }] },
    'clients[0].tags[2] must be a non-empty string; got a number'
  ],
  [{ ...good, keys: [''] }, 'keys[0] must be a non-empty string; got an empty string'],
  [{ ...good, keys: SECRET }, 'keys must be a function; got a string'],
  [{ ...good, store: () => 0 }, 'store must be an object with find, room; got a function'],
  [{ ...good, store: {} }, 'store.find must be a function; got undefined'],
  [{ ...good, given: { clientId: 7 } }, 'given.clientId must be a non-empty string; got a number'],
  [{ ...good, given: { clientid: SECRET } }, 'given.clientid does not exist. Fix: write clientId'],
  [{ ...good, code: SECRET }, 'code must be ok'],
  [{ ...good, routes: { a: 1 } }, 'routes must map names to lists; got an object'],
  [{ ...good, routes: [[]] }, 'routes must map names to lists; got a list'],
  [{ ...good, routes: new Map([['a', 1]]) }, 'routes must map names to lists; got an iterable object'],
  [{ ...good, routes: Promise.resolve({}) }, 'routes must map names to lists; got a promise'],
  [{ ...good, limits: new Map() }, 'limits must be an object with failures; got an iterable object'],
  [{ issuer: 7, timeouts: 1 }, 'timeouts does not exist. Fix: write timeout'],
  [{ ...good, timeout: 1, timeouts: 1 }, `timeouts ${none()}`],
  [{ ...good, sizes: 1, prefix: '/v1' }, 'sizes does not exist. Fix: write size'],
  [{ ...good, ttl: 1 }, `ttl ${none()}`],
  [{ ...good, 'a b': SECRET }, `["a b"] ${none()}`],
  [null, `the options must be an object with ${names()}; got null`],
  [[good], `the options must be an object with ${names()}; got a list`],
  [Promise.resolve(good), `the options must be an object with ${names()}; got a promise`],
  [SECRET, `the options must be an object with ${names()}; got a string`],
  [Symbol(SECRET), `the options must be an object with ${names()}; got a symbol`]
] as const) {
  t.test(`throws "${fault}"`, async (t) => {
    throwsLike(t, () => check(options), {
      constructor: o.RegistrationError,
      name: 'RegistrationError',
      code: 'LATCHKEY_REGISTRATION',
      message: `@example/plugin: ${fault}`,
      cause: undefined
    })
  })
}

t.test('throws a RegistrationError for options that cannot be read', async (t) => {
  const cause = new Error('no')
  const getter = {
    get issuer(): string {
      throw cause
    }
  }
  const message = '@example/plugin: the options cannot be read. Fix: give a plain object without getters and proxies'
  throwsLike(t, () => check(getter), { constructor: o.RegistrationError, message, cause })
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  for (const options of [proxy, { ...good, clients: proxy }, { ...good, timeout: proxy }]) {
    throwsLike(t, () => check(options), { constructor: o.RegistrationError, message })
  }
})

t.test('a condition that throws does not hold', async (t) => {
  const broken = o.members({ a: o.must('be right', (value) => new URL(String(value)).host !== '') })
  throwsLike(t, () => o.checkOptions('make()', broken, { a: 1 }), { message: 'make(): a must be right; got a number' })
})

t.test('replaces the messages of Valibot, which contain the value', async (t) => {
  const plain = v.strictObject({
    a: v.pipe(
      v.string(),
      v.check((text) => text !== SECRET)
    )
  })
  for (const [a, message] of [
    [7, 'make(): a must be string'],
    [SECRET, 'make(): a must be valid']
  ] as const) {
    throwsLike(t, () => o.checkOptions('make()', plain, { a }), { message })
  }
})

t.test('names an argument of a function as an argument', async (t) => {
  t.equal(o.checkArgument('make()', 'text', o.text, 'a'), 'a')
  throwsLike(t, () => o.checkArgument('make()', 'text', o.text, undefined), {
    message: 'make(): argument "text" must be a non-empty string; got undefined'
  })
  throwsLike(t, () => o.checkArgument('make()', 'client', member, { clientId: '' }), {
    message: 'make(): argument "client".clientId must be a non-empty string; got an empty string'
  })
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  throwsLike(t, () => o.checkArgument('make()', 'client', member, { clientId: proxy }), {
    message: 'make(): argument "client" cannot be read. Fix: give a plain object without getters and proxies'
  })
})

t.test('a RegistrationError is a TypeError', async (t) => {
  t.ok(new o.RegistrationError('plugin', 'the plugin is registered already') instanceof TypeError)
})

function names(): string {
  return 'issuer, timeout, size, mode, open, name, now, limits, clients, keys, store, given, code, routes'
}

function none(): string {
  return `does not exist. Fix: use one of ${names()}`
}

const NEITHER = o.must('be true, false or an object', o.isBoolean)
const feature = o.members({ size: o.optional(o.integer(1, 9, 'keys'), 3), name: o.optional(o.text) })
const features = o.members({ one: o.feature(feature), other: o.feature(feature, NEITHER) })

t.test('a feature is off by default, and on with true or an object', async (t) => {
  for (const [given, resolved] of [
    [undefined, null],
    [false, null],
    [true, { size: 3 }],
    [{}, { size: 3 }],
    [{ size: 4 }, { size: 4 }]
  ]) {
    t.same(o.checkOptions('x', features, { one: given, other: given }), { one: resolved, other: resolved })
  }
  t.same(o.checkOptions('x', features, {}), { one: null, other: null })
})

for (const [given, message] of [
  [{ one: 7 }, 'x: one must be an object with size, name; got a number'],
  [{ other: 7 }, 'x: other must be true, false or an object; got a number'],
  [{ one: null }, 'x: one must be an object with size, name; got null'],
  [{ one: { size: 0 } }, 'x: one.size must be a whole number of keys from 1 to 9; got a number'],
  [{ other: { sizes: 1 } }, 'x: other.sizes does not exist. Fix: write size']
] as const) {
  t.test(`refuses ${JSON.stringify(given)} for a feature`, async (t) => {
    throwsLike(t, () => o.checkOptions('x', features, given), { message })
  })
}
