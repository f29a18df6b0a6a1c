import t from 'tap'
import { tapReport } from './tap-report.js'

function report(tap: string): { printed: string[]; totals: unknown } {
  const printed: string[] = []
  const reader = tapReport((line: string) => printed.push(line))
  for (const line of tap.split('\n')) reader.read(line)
  return { printed, totals: reader.totals() }
}

t.test('prints one line for a file that passes', async (t) => {
  const { printed, totals } = report(`TAP version 14
1..1
# Subtest: a.test.ts
    console.log of a passing test
    # Subtest: adds
        ok 1 - should be equal
        1..1
    ok 1 - adds # time=1.5ms
    
    1..1
    # time=12.3ms
ok 1 - a.test.ts # time=12.3ms

# { total: 1, pass: 1 }
# time=1234ms`)
  t.same(printed, ['ok    a.test.ts  12 ms'])
  t.same(totals, { passed: 1, failed: 0, skipped: 0, missing: [] })
})

t.test('prints each failure below the names of its tests, and nothing about tests that passed', async (t) => {
  const { printed, totals } = report(`# Subtest: a.test.ts
    # Subtest: passes
        ok 1 - should be equal
        1..1
    ok 1 - passes # time=1ms
    # Subtest: fails
        ok 1 - should be equal
        # Subtest: within
            not ok 1 - should match
              ---
              diff: |
                -1
                +2
              ...
            1..1
        not ok 2 - within # time=1ms
          ---
          at:
            lineNumber: 2
          ...
        1..2
    not ok 2 - fails # time=2ms
      ---
      at:
        lineNumber: 1
      ...
    1..2
not ok 1 - a.test.ts # time=20ms
  ---
  command: node
  exitCode: 3
  signal: null
  ...
# Subtest: b.test.ts
    ok 1 - should be equal
    1..1
ok 2 - b.test.ts # time=1.1ms
# { total: 4, pass: 3, fail: 1 }`)
  t.same(printed, [
    'FAIL  a.test.ts  20 ms',
    '    # Subtest: fails',
    '        # Subtest: within',
    '            not ok 1 - should match',
    '              ---',
    '              diff: |',
    '                -1',
    '                +2',
    '              ...',
    '        not ok 2 - within # time=1ms',
    '    not ok 2 - fails # time=2ms',
    '  exitCode: 3',
    '  signal: null',
    'ok    b.test.ts  1 ms'
  ])
  t.same(totals, { passed: 3, failed: 1, skipped: 0, missing: [] })
})

t.test('collects the skips because of missing programs that continuous integration has', async (t) => {
  const { totals } = report(`# Subtest: a.test.ts
    ok 1 - drives a browser # SKIP needs chromium: not installed
    ok 2 - judges vectors: 401 skipped: no corpora # SKIP
    ok 3 - runs a program # SKIP needs the npm registry for it: npx failed
    ok 4 - needs redis to fail over # time=1ms
    ok 5 - for another system # SKIP only on Windows
    ok 6 - for later # TODO
    1..6
ok 1 - a.test.ts # time=20ms
# { total: 6, pass: 1, todo: 1, skip: 4 }`)
  t.same(totals, {
    passed: 1,
    failed: 0,
    skipped: 5,
    missing: [
      'drives a browser: needs chromium: not installed',
      'judges vectors: 401 skipped: no corpora',
      'runs a program: needs the npm registry for it: npx failed'
    ]
  })
})

t.test('prints missing coverage and every line that is not TAP', async (t) => {
  const { printed } = report(`Bail out! the disk is full
-----------|---------|
File       | % Stmts |
-----------|---------|
All files  |   75.45 |
 errors.ts |   76.47 |
-----------|---------|
# { total: 0 }`)
  t.same(printed, [
    'Bail out! the disk is full',
    '-----------|---------|',
    'File       | % Stmts |',
    '-----------|---------|',
    'All files  |   75.45 |',
    ' errors.ts |   76.47 |',
    '-----------|---------|'
  ])
})

t.test('prints each file of a shared process separately', async (t) => {
  const { printed, totals } = report(`# Subtest: .tap/processes/100/packages/a/test.js
    # Subtest: packages/a/test/one.test.ts
        # Subtest: passes
            ok 1 - should be equal
            1..1
        ok 1 - passes # time=1ms
        1..1
    ok 1 - packages/a/test/one.test.ts # time=12.3ms
(node:1) a warning
    # Subtest: packages/a/test/two.test.ts
        # Subtest: fails
            not ok 1 - should match
              ---
              diff: x
              ...
            1..1
        not ok 1 - fails # time=1ms
        1..1
    not ok 2 - packages/a/test/two.test.ts # time=3.3ms
    1..2
    # time=16.3ms
not ok 1 - .tap/processes/100/packages/a/test.js # time=20.9ms
  ---
  exitCode: 1
  ...
# Subtest: .tap/processes/100/test.js
    # Subtest: test/three.test.ts
        ok 1 - drives a browser # SKIP needs chromium: not installed
        1..1
    ok 1 - test/three.test.ts # time=1ms
ok 2 - .tap/processes/100/test.js # time=2ms
# Subtest: test/four.test.ts
    ok 1 - should be equal
ok 3 - test/four.test.ts # time=3ms
# { total: 3, pass: 2, fail: 1 }`)
  t.same(printed, [
    'ok    packages/a/test/one.test.ts  12 ms',
    '(node:1) a warning',
    'FAIL  packages/a/test/two.test.ts  3 ms',
    '    # Subtest: fails',
    '        not ok 1 - should match',
    '          ---',
    '          diff: x',
    '          ...',
    '    not ok 1 - fails # time=1ms',
    'FAIL  packages/a/test  20 ms',
    '  exitCode: 1',
    'ok    test/three.test.ts  1 ms',
    'ok    test/four.test.ts  3 ms'
  ])
  t.same(totals, { passed: 2, failed: 1, skipped: 0, missing: ['drives a browser: needs chromium: not installed'] })
})

t.test('names the slowest files', async (t) => {
  const reader = tapReport(() => {})
  for (const [name, time] of [
    ['a', '9.6ms'],
    ['b', '1200.4ms'],
    ['c', '30ms']
  ]) {
    reader.read(`ok 1 - ${name}.test.ts # time=${time}`)
  }
  reader.read('not ok 4 - timeout!')
  t.same(reader.slowest(2), ['1200 ms  b.test.ts', '30 ms  c.test.ts'])
})
