import { cookiePairs } from '@latchkey/guard/plugin'
import t from 'tap'

for (const [header, pairs] of [
  ['', []],
  ['a=1', []],
  ['sid=1', ['sid=1']],
  ['a=1; sid=2;b=3', ['sid=2']],
  [' \t sid\t=2 ;', ['sid\t=2 ']],
  ['sid', ['sid']],
  ['sid;a=1', ['sid']],
  ['sid2=1; sid=2', ['sid2=1', 'sid=2']],
  ['xsid=1; a=sid=2; a sid=3; "sid=4', []],
  ['sid="a; sid=b"', ['sid="a', 'sid=b"']],
  ['sid=sid; sid=;sid==sid', ['sid=sid', 'sid=', 'sid==sid']],
  ['SID=1', []],
  [';;; ;sid=1;;', ['sid=1']],
  ['\u00a0sid=1', []]
] as const) {
  t.test(`finds the pairs of sid in ${JSON.stringify(header)} (K9.3)`, async (t) => {
    t.same(cookiePairs(header, 'sid'), pairs)
  })
}

t.test('takes time in proportion to the length of the header, with any number of prefixes (K9.3)', async (t) => {
  const header = `a=${'sid'.repeat(200_000)}${' sid'.repeat(200_000)}`
  const before = performance.now()
  t.same(cookiePairs(header, 'sid'), [])
  t.ok(performance.now() - before < 2000)
})
