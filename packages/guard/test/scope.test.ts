import t from 'tap'
import { throwsLike } from '@latchkey/exact'
import { formatScope, isScopeToken, parseRequestedScope, parseScope, scopeTokens } from '@latchkey/guard/plugin'

t.test('reads a scope as a set of any number of tokens', async (t) => {
  t.same([...(parseScope('items:read items:write') ?? [])], ['items:read', 'items:write'])
  t.same([...(parseScope('') ?? ['x'])], [])
  t.equal(formatScope(new Set(['a', 'b'])), 'a b')
  t.equal(isScopeToken('a'), true)
})

t.test('reads the scope that a request asks for, with extra spaces', async (t) => {
  t.same([...(parseRequestedScope(' items:read  items:write ') ?? [])], ['items:read', 'items:write'])
  for (const none of [undefined, '', '  ']) t.same([...(parseRequestedScope(none) ?? ['x'])], [])
  t.equal(parseRequestedScope('items:read  a"b'), null)
})

for (const [name, scope] of Object.entries({
  'a doubled space': 'a  b',
  'a leading space': ' a',
  'a trailing space': 'a ',
  'a quote': 'a"b',
  'a backslash': 'a\\b',
  'a line break': 'a\nb',
  'a letter beyond ASCII': 'é'
})) {
  t.test(`refuses a scope with ${name} (SEC-20)`, async (t) => {
    t.equal(parseScope(scope), null)
  })
}

t.test('refuses a text as a list of scopes, because each of its letters would be a scope (SEC-70)', async (t) => {
  t.same([...scopeTokens(['items:read'])], ['items:read'])
  for (const give of [formatScope, scopeTokens]) throwsLike(t, () => give('items:read'), { name: 'TypeError' })
})
