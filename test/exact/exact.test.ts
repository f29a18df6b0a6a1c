import t from 'tap'
import { contains, differences, like, rejectsLike, throwsLike } from '@latchkey/exact'

class Failure extends Error {
  readonly code = 'FAILED'
}

for (const { name, found, pattern, isLike } of [
  { name: 'the same text', found: 'a b', pattern: 'a b', isLike: true },
  { name: 'a part of a text', found: 'a b admin', pattern: 'a b', isLike: false },
  { name: 'a number for a text', found: 3600, pattern: '3600', isLike: false },
  { name: 'a text for a number', found: '3600', pattern: 3600, isLike: false },
  { name: 'the beginning of a list', found: ['a', 'admin'], pattern: ['a'], isLike: false },
  { name: 'the same list', found: ['a', 'b'], pattern: ['a', 'b'], isLike: true },
  { name: 'a list of texts that match', found: ['ab', 'cd'], pattern: [/^a/, /d$/], isLike: true },
  { name: 'a list for an object', found: ['a'], pattern: { 0: 'a' }, isLike: true },
  { name: 'an object for a list', found: { 0: 'a', length: 1 }, pattern: ['a'], isLike: false },
  { name: 'members that are not named', found: { a: 1, b: 2 }, pattern: { a: 1 }, isLike: true },
  { name: 'a member that is missing', found: { b: 2 }, pattern: { a: 1 }, isLike: false },
  { name: 'a member that must be absent', found: { b: 2 }, pattern: { a: undefined }, isLike: true },
  { name: 'null for an absent member', found: { a: null }, pattern: { a: undefined }, isLike: false },
  { name: 'a text that matches', found: 'abc', pattern: /^abc$/, isLike: true },
  { name: 'a number that would match as a text', found: 12, pattern: /^12$/, isLike: false },
  { name: 'a part of a Set', found: new Set(['a', 'b']), pattern: new Set(['a']), isLike: false },
  { name: 'the same Set', found: new Set(['a', 'b']), pattern: new Set(['a', 'b']), isLike: true },
  { name: 'the same Map', found: new Map([['a', 1]]), pattern: new Map([['a', 1]]), isLike: true },
  {
    name: 'a longer Map',
    found: new Map([
      ['a', 1],
      ['b', 2]
    ]),
    pattern: new Map([['a', 1]]),
    isLike: false
  },
  { name: 'an object for a Map', found: {}, pattern: new Map(), isLike: false },
  { name: 'the same bytes', found: Buffer.from('a'), pattern: Buffer.from('a'), isLike: true },
  { name: 'other bytes', found: Buffer.from('ab'), pattern: Buffer.from('a'), isLike: false },
  { name: 'the same time', found: new Date(1), pattern: new Date(1), isLike: true },
  { name: 'another time', found: new Date(2), pattern: new Date(1), isLike: false },
  { name: 'a text of any sort', found: '', pattern: String, isLike: true },
  { name: 'NaN for any number', found: Number.NaN, pattern: Number, isLike: false },
  { name: 'a list of any sort', found: [], pattern: Array, isLike: true },
  { name: 'null for any object', found: null, pattern: Object, isLike: false },
  { name: 'an instance', found: new Failure(), pattern: Failure, isLike: true },
  { name: 'an instance of another class', found: new TypeError('x'), pattern: Failure, isLike: false },
  { name: 'the same error', found: new TypeError('x'), pattern: new TypeError('x'), isLike: true },
  { name: 'an error with a longer message', found: new TypeError('xy'), pattern: new TypeError('x'), isLike: false },
  { name: 'an error of another class', found: new Error('x'), pattern: new TypeError('x'), isLike: false },
  { name: 'null for an object', found: null, pattern: {}, isLike: false },
  { name: '-0 for 0', found: -0, pattern: 0, isLike: false }
]) {
  t.test(`${name} is ${isLike ? '' : 'not '}alike (K0)`, async (t) => {
    t.equal(differences(found, pattern).length === 0, isLike)
  })
}

t.test('names the place of each difference (K0)', async (t) => {
  const places = differences({ a: [{ b: 1 }], c: 'd' }, { a: [{ b: 2 }], c: 'e' }).map(({ at }) => at)
  t.same(places, ['a[0].b', 'c'])
})

t.test(
  'a failed comparison fails its test, and so does a promise or a function that does not fail as expected (K0)',
  async (t) => {
    const told: string[] = []
    const tap = {
      same(found: unknown, wanted: unknown, message: string) {
        if (JSON.stringify(found) === JSON.stringify(wanted)) return true
        told.push(message)
        return false
      },
      ok(isTrue: boolean, message: string) {
        if (!isTrue) told.push(message)
        return isTrue
      },
      fail(message: string) {
        told.push(message)
        return false
      }
    } as Parameters<typeof like>[0] // the methods that are called, with the arguments that they are called with
    t.equal(like(tap, 'ab', 'a', 'text'), false)
    t.equal(contains(tap, 'abc', 'd'), false)
    t.equal(contains(tap, ['a'], 'a'), false)
    t.equal(contains(tap, 'abc', 'b'), true)
    t.equal(await rejectsLike(tap, Promise.resolve(), {}, 'promise'), false)
    t.equal(await rejectsLike(tap, async () => Promise.reject(new Failure()), { code: 'FAIL' }, 'code'), false)
    t.equal(
      throwsLike(tap, () => undefined, {}, 'function'),
      false
    )
    t.same(told, [
      'text',
      'contains d',
      'contains a',
      'promise: it was fulfilled',
      'code',
      'function: it threw nothing'
    ])
    t.equal(await rejectsLike(tap, async () => Promise.reject(new Failure()), { code: 'FAILED' }), true)
    t.equal(
      throwsLike(
        tap,
        () => {
          throw new Failure()
        },
        Failure
      ),
      true
    )
    t.equal(told.length, 6)
  }
)
