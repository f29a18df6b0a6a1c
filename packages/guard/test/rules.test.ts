import t from 'tap'
import { throwsLike } from '@latchkey/exact'
import { type AccessRule, allOf, anyOf, authenticated, everyone, noAuthentication, recentLogin } from '@latchkey/guard'
import { alternatives, isAccessRule } from '@latchkey/guard/plugin'

const known = (...scopes: string[]): object => ({ authenticated: true, scopes, maxAge: null })
const recent = (maxAge: number, ...scopes: string[]): object => ({ authenticated: true, scopes, maxAge })
const open = { authenticated: false, scopes: [], maxAge: null }

const readings: { name: string; rule: AccessRule; ways: object[] }[] = [
  { name: 'noAuthentication', rule: noAuthentication, ways: [open] },
  { name: 'everyone', rule: everyone, ways: [open] },
  { name: 'authenticated', rule: authenticated, ways: [known()] },
  { name: 'one scope', rule: allOf('a'), ways: [known('a')] },
  { name: 'all of two scopes', rule: allOf('a', 'b'), ways: [known('a', 'b')] },
  { name: 'any of two scopes', rule: anyOf('a', 'b'), ways: [known('a'), known('b')] },
  { name: 'an any within an all', rule: allOf('a', anyOf('b', 'c')), ways: [known('a', 'b'), known('a', 'c')] },
  { name: 'an all within an any', rule: anyOf(allOf('a', 'b'), 'c'), ways: [known('a', 'b'), known('c')] },
  { name: 'a scope named twice', rule: allOf('a', allOf('a', 'b')), ways: [known('a', 'b')] },
  { name: 'everyone next to a scope', rule: allOf(everyone, 'a'), ways: [known('a')] },
  { name: 'everyone as an alternative', rule: anyOf('a', everyone), ways: [known('a'), open] },
  { name: 'a recent login', rule: recentLogin({ maxAge: 300 }), ways: [recent(300)] },
  { name: 'a recent login next to everyone', rule: allOf(everyone, recentLogin({ maxAge: 60 })), ways: [recent(60)] },
  {
    name: 'a recent login next to two alternatives',
    rule: allOf(recentLogin({ maxAge: 60 }), anyOf('a', allOf('b', recentLogin({ maxAge: 30 })))),
    ways: [recent(60, 'a'), recent(30, 'b')]
  },
  {
    name: 'two recent logins, of which the stricter applies',
    rule: allOf(recentLogin({ maxAge: 300 }), recentLogin({ maxAge: 60 })),
    ways: [recent(60)]
  },
  {
    name: 'a recent login or a scope',
    rule: anyOf(recentLogin({ maxAge: 60 }), 'a'),
    ways: [recent(60), known('a')]
  }
]

for (const { name, rule, ways } of readings) {
  t.test(`reads ${name} as its alternatives`, async (t) => {
    t.same(alternatives(rule), ways)
    t.equal(isAccessRule(rule), true)
    t.ok(Object.isFrozen(rule))
  })
}

t.test('refuses a rule without parts, and names the explicit rules (SEC-70)', async (t) => {
  throwsLike(t, () => allOf(), { name: 'TypeError', message: /write "authenticated" or "everyone"/ })
  throwsLike(t, () => anyOf(), { name: 'TypeError', message: /write "authenticated" or "everyone"/ })
})

const wrongParts: { name: string; part: unknown }[] = [
  { name: 'a list', part: ['a', 'b'] },
  { name: 'two scopes in one string', part: 'a b' },
  { name: 'an empty string', part: '' },
  { name: 'undefined', part: undefined },
  { name: 'a function', part: () => everyone },
  { name: 'an object of an unknown kind', part: { kind: 'oneOf', of: ['a'] } },
  { name: 'a rule that holds a list', part: { kind: 'allOf', of: [['a']] } },
  { name: 'a rule without parts', part: { kind: 'anyOf', of: [] } },
  { name: 'a recent login without an age', part: { kind: 'recentLogin' } },
  { name: 'a recent login of an invalid age', part: { kind: 'recentLogin', maxAge: 0 } }
]

for (const { name, part } of wrongParts) {
  t.test(`refuses ${name} as a part of a rule`, async (t) => {
    // The types forbid it; a caller in JavaScript can still do it.
    throwsLike(t, () => allOf(part as string), { name: 'TypeError', message: /each as its own argument/ })
    throwsLike(t, () => anyOf('a', part as string), { name: 'TypeError' })
  })
}

t.test('refuses a rule of more than 64 alternatives', async (t) => {
  const pair = (n: number): AccessRule => anyOf(`a${n}`, `b${n}`)
  t.equal(alternatives(allOf(...[1, 2, 3, 4, 5, 6].map(pair))).length, 64)
  throwsLike(t, () => allOf(...[1, 2, 3, 4, 5, 6, 7].map(pair)), { message: /more than 64 alternatives/ })
})

t.test('counts the alternatives of a rule before it multiplies them (K9.4)', async (t) => {
  const pair = (n: number): AccessRule => anyOf(`a${n}`, `b${n}`)
  const pairs = (count: number): AccessRule[] => Array.from({ length: count }, (_, n) => pair(n))
  const begun = performance.now()
  // 2 to the power of 2,000 is not a finite number.
  for (const count of [18, 2_000]) {
    throwsLike(t, () => allOf(...pairs(count)), { name: 'TypeError', message: /allOf\(\) multiplies to more than 64/ })
  }
  throwsLike(t, () => anyOf(...pairs(18).map((one) => allOf(one, 'x', anyOf('c', 'd')))), { message: /anyOf\(\) mult/ })
  // A rule with the shape that another copy of the package creates.
  throwsLike(t, () => allOf('x', { kind: 'allOf', of: pairs(18) }), { message: /more than 64 alternatives/ })
  throwsLike(t, () => alternatives({ kind: 'allOf', of: pairs(18) }), { message: /more than 64 alternatives/ })
  let nested = allOf('a')
  for (let depth = 0; depth < 40; depth++) nested = allOf(nested, nested)
  t.same(alternatives(nested), [known('a')])
  // Complete multiplication would take seconds for each of these, or never end.
  t.ok(performance.now() - begun < 1_000)
})

t.test('refuses a maximum age of a login that is not a whole number of seconds (SEC-153)', async (t) => {
  for (const maxAge of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '300', undefined, null]) {
    // The types forbid it; a caller in JavaScript can still do it.
    throwsLike(t, () => recentLogin({ maxAge: maxAge as number }), {
      name: 'TypeError',
      message: /whole number of seconds/
    })
  }
})
