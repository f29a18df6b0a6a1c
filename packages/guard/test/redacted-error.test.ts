import { inspect } from 'node:util'
import { redactedError } from '@latchkey/guard/plugin'
import fc from 'fast-check'
import Fastify from 'fastify'
import t from 'tap'
import { contains, like } from '@latchkey/exact'

type Told = Error & Readonly<Record<string, unknown>>

function told(error: unknown, ...secrets: string[]): Told {
  return redactedError(error, secrets) as Told // cast: an error becomes an error
}

/** The members that pino writes for an error. */
function logged(error: unknown): string {
  const lines: string[] = []
  Fastify({ logger: { stream: { write: (line) => void lines.push(line) } } }).log.error({ err: error })
  return lines.join('')
}

t.test(
  'removes secrets from all texts of an error: message, stack, members, causes and aggregated errors (SEC-147)',
  (t) => {
    const cause = new AggregateError(
      [new Error('first canary'), 'second canary', { canary: 'third canary' }],
      'no canary'
    )
    const thrown = Object.assign(new Error('not canary', { cause }), {
      detail: 'the canary',
      canary: 'named',
      position: 7
    })
    const error = told(thrown, 'canary')
    like(t, error, { message: 'not [redacted]', detail: 'the [redacted]', '[redacted]': 'named', position: 7 })
    t.match(error.stack, /not \[redacted\][^]*redacted-error\.test\.ts/, 'the stack still names the file')
    const { errors } = error.cause as AggregateError
    like(t, errors, [{ message: 'first [redacted]' }, 'second [redacted]'])
    t.equal(errors.length, 2, 'other values are left out')
    for (const told of [logged(error), inspect(error, { depth: 9, showHidden: true })]) t.notMatch(told, /canary/)
    like(
      t,
      thrown,
      { message: 'not canary', detail: 'the canary', cause: { message: 'no canary' } },
      'the original error is unchanged'
    )
    t.end()
  }
)

t.test('does not redact the replacement text itself, so that the log does not grow (SEC-147)', (t) => {
  const secrets = Array.from({ length: 22 }, (_, at) => (at % 2 === 0 ? 'reda' : 'cted'))
  const error = told(new Error('a redaction that is selected'), ...secrets)
  t.equal(error.message, 'a [redacted]ction that is sele[redacted]')
  t.ok(logged(error).length < 5_000)
  t.end()
})

const overlapping: { name: string; text: string; secrets: string[]; left: string }[] = [
  {
    name: 'begins with another',
    text: 'is alice-hunter2.',
    secrets: ['alice', 'alice-hunter2'],
    left: 'is [redacted].'
  },
  {
    name: 'ends with another',
    text: 'is alice-hunter2.',
    secrets: ['hunter2', 'alice-hunter2'],
    left: 'is [redacted].'
  },
  { name: 'holds another', text: 'is a-hunter2-b.', secrets: ['hunter2', 'a-hunter2-b'], left: 'is [redacted].' },
  { name: 'overlaps with another', text: 'is abcdefgh.', secrets: ['abcdef', 'defgh'], left: 'is [redacted].' },
  { name: 'occurs twice', text: 'abcd, abcd', secrets: ['abcd'], left: '[redacted], [redacted]' }
]

for (const { name, text, secrets, left } of overlapping) {
  t.test(`removes a secret completely that ${name} (SEC-147)`, (t) => {
    t.equal(redactedError(text, secrets), left)
    t.equal(redactedError(text, secrets.toReversed()), left)
    t.end()
  })
}

const awkward = 'p"a\\ss wörd/+?&=\n\'~>'
const lower = (text: string): string => text.replace(/%../g, (encoded) => encoded.toLowerCase())
const spellings: Record<string, (secret: string) => string> = {
  unchanged: (secret) => secret,
  'in JSON': (secret) => JSON.stringify({ secret }),
  'in the output of inspect()': (secret) => inspect({ secret }, { breakLength: Infinity }),
  'percent-encoded': encodeURIComponent,
  'percent-encoded in lower case': (secret) => lower(encodeURIComponent(secret)),
  'form-encoded': (secret) => new URLSearchParams({ secret }).toString(),
  'form-encoded in lower case': (secret) => lower(new URLSearchParams({ secret }).toString()),
  'in hex': (secret) => Buffer.from(secret).toString('hex'),
  'in base64': (secret) => Buffer.from(secret).toString('base64'),
  'in base64url': (secret) => Buffer.from(secret).toString('base64url'),
  'in the base64 of a longer text': (secret) => Buffer.from(`ab:${secret}`).toString('base64').slice(4),
  'in the base64 of another longer text': (secret) => Buffer.from(`abc:${secret}:`).toString('base64').slice(6),
  'in the base64url of a longer text': (secret) => Buffer.from(`abc:${secret}:`).toString('base64url').slice(6)
}

for (const [name, spelling] of Object.entries(spellings)) {
  t.test(`removes a secret from the log ${name} (SEC-147)`, (t) => {
    for (const secret of [awkward, 'correct horse', 'hunter2', `${awkward}${awkward}x`]) {
      const left = String(redactedError(`[${spelling(secret)}]`, [secret]))
      t.match(left, /\[redacted\]/)
      t.ok(left.length < 40, left)
    }
    t.end()
  })
}

t.test('removes every secret from every text (SEC-147)', (t) => {
  const letters = fc.string({
    unit: fc.constantFrom('r', 'e', 'd', 'a', '[', ']', '"', '%'),
    minLength: 4,
    maxLength: 6
  })
  const texts = fc.array(fc.oneof(letters, fc.constant('cted'), fc.string({ unit: 'binary' })), { maxLength: 12 })
  fc.assert(
    fc.property(texts, texts, (words, secrets) => {
      const text = [...words, ...secrets].join('')
      const left = String(redactedError(text, secrets))
      t.ok(left.length <= text.length * 3)
      const rest = left.split('[redacted]')
      return secrets.every((secret) => secret.length < 4 || !rest.some((part) => part.includes(secret)))
    })
  )
  t.end()
})

t.test('does not redact texts that are too short for a secret', (t) => {
  t.equal(told(new Error('a failure'), 'a', '', 'fai').message, 'a failure')
  t.end()
})

t.test('redacts any number of secrets of any length', (t) => {
  const secrets = Array.from({ length: 2_000 }, (_, at) => `secret-number-${at}-${'\u{1F511}"'.repeat(at % 50)}`)
  const long = '"%'.repeat(100_000)
  t.equal(redactedError(`not ${long}, not ${secrets[1999]}`, [...secrets, long]), 'not [redacted], not [redacted]')
  t.end()
})

class Away extends Error {
  readonly #statusCode: number = 503
  get statusCode(): number {
    return this.#statusCode
  }
  get code(): string {
    return `AWAY_${this.#statusCode}_canary`
  }
  get retryAfter(): number {
    return this.#statusCode - 500
  }
}

t.test('keeps the members for logs and handlers, including those that a class computes from private fields', (t) => {
  const error = told(new Away('the canary'), 'canary')
  t.ok(error instanceof Error)
  like(t, error, {
    message: 'the [redacted]',
    name: 'Error',
    statusCode: 503,
    code: 'AWAY_503_[redacted]',
    retryAfter: 3
  })
  like(t, JSON.parse(logged(error)), { err: { type: 'Away', statusCode: 503, retryAfter: 3 } })
  const named = Object.assign(new TypeError('no'), { name: 'QueryError' })
  like(t, JSON.parse(logged(told(named))), { err: { type: 'TypeError', name: 'QueryError', message: 'no' } })
  like(t, told(new DOMException('no canary', 'AbortError'), 'canary'), { name: 'AbortError', message: 'no [redacted]' })
  like(
    t,
    told({ message: 'no canary' }, 'canary'),
    { message: 'no [redacted]' },
    'pino also logs objects with a message'
  )
  t.end()
})

t.test('turns a text as the cause into an error, and redacts it in the log (K19.1)', (t) => {
  const error = told(new Error('no', { cause: 'the canary sings' }), 'canary')
  like(t, error, { message: 'no', cause: { code: 'LATCHKEY_REASON', message: 'the [redacted] sings' } })
  contains(t, logged(error), '"message":"no: the [redacted] sings"')
  t.end()
})

t.test('leaves out members that are not plain values', (t) => {
  const members = { list: ['canary'], object: { canary: 1 }, toJSON: () => 'canary', mark: Symbol('canary') }
  const thrown = Object.assign(new Error('no', { cause: () => new Error('canary') }), members)
  t.notMatch(logged(told(thrown, 'canary')), /canary/)
  t.same(Object.keys(told(thrown)), [])
  t.end()
})

t.test('handles errors that refer to themselves', (t) => {
  const own = new Error('own')
  own.cause = own
  const first = new Error('first')
  const second = new Error('second', { cause: first })
  first.cause = second
  const aggregate = new AggregateError([], 'all')
  aggregate.errors.push(aggregate, new Error('part', { cause: aggregate }))
  for (const error of [own, first, aggregate]) contains(t, logged(told(error, 'canary')), error.message)
  like(t, told(first), { message: 'first', cause: { message: 'second', cause: undefined } })
  like(t, told(aggregate).errors, [{ message: 'part' }])
  t.end()
})

t.test('cuts off endless chains and lists of errors', (t) => {
  class Endless extends Error {
    override get cause(): Error {
      return new Endless('deeper canary')
    }
  }
  let chain = new Error('the deepest')
  for (let depth = 0; depth < 20_000; depth++) chain = new Error('outer', { cause: chain })
  const wide = new AggregateError(Array.from({ length: 100_000 }, (_, at) => new Error(`part ${at}`)))
  for (const error of [new Endless('canary'), chain, wide]) t.ok(logged(told(error, 'canary')).length < 100_000)
  t.end()
})

const { proxy: revoked, revoke } = Proxy.revocable(new Error('gone'), {})
revoke()
const refuse = (): never => {
  throw new Error('must not be read')
}
const traps = { get: refuse, getPrototypeOf: refuse, ownKeys: refuse, has: refuse, getOwnPropertyDescriptor: refuse }
// Node reads the message when the stack is replaced. The stack therefore comes first.
const getters = {
  stack: refuse,
  message: refuse,
  cause: refuse,
  code: refuse,
  name: refuse,
  constructor: refuse,
  detail: refuse
}
const hostile: { name: string; error: unknown }[] = [
  { name: 'a revoked proxy', error: revoked },
  { name: 'a proxy that throws on every access', error: new Proxy(new Error('no'), traps) },
  { name: 'a proxy that throws on listing its members', error: new Proxy(new Error('no'), { ownKeys: refuse }) },
  { name: 'a proxy of a frozen error', error: new Proxy(Object.freeze(new Error('no')), {}) },
  { name: 'a frozen error', error: Object.freeze(Object.assign(new Error('no', { cause: 'x' }), { detail: 'y' })) },
  {
    name: 'an error whose members throw',
    error: Object.defineProperties(
      new Error('no'),
      Object.fromEntries(Object.entries(getters).map(([name, get]) => [name, { get, enumerable: true }]))
    )
  },
  { name: 'an error with a revoked list of errors', error: Object.assign(new Error('no'), { errors: revoked }) },
  {
    name: 'an error with members that have a special meaning',
    error: Object.assign(
      new Error('no'),
      JSON.parse('{"__proto__":"x","constructor":"y","errors":"z","stack":7,"name":{}}')
    )
  },
  {
    name: 'an error without a message',
    error: Object.assign(new Error('no'), { message: undefined, stack: undefined })
  },
  { name: 'an error without a prototype', error: Object.setPrototypeOf(new Error('no'), null) }
]

for (const { name, error } of hostile) {
  t.test(`redacts and logs ${name}`, (t) => {
    for (const thrown of [error, new Error('outer', { cause: error }), new AggregateError([error])]) {
      t.ok(logged(redactedError(thrown, ['canary', '\uD800\uD800\uD800\uD800'])).includes('"level":50'))
    }
    t.end()
  })
}

t.test('returns undefined for a value that is neither an error nor a text', (t) => {
  const canaries = [undefined, null, 7, 7n, true, Symbol('canary'), { canary: 'x' }, ['canary'], () => 'canary']
  for (const thrown of canaries) t.equal(redactedError(thrown, ['canary']), undefined)
  t.end()
})
