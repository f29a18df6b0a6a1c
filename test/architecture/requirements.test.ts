import t from 'tap'
import { evidenceFiles, evidenceIn, readAreas, readEvidence, readWithoutTest } from '../evidence.js'
import { find, read } from './workspace.ts'

const defined = readAreas().flatMap(({ numbers }) => numbers)
const named = new Set(readEvidence().flatMap(({ numbers }) => numbers))
const withoutTest = readWithoutTest()

t.test('each requirement is defined once', async (t) => {
  t.ok(defined.length > 0)
  t.same(
    defined.filter((number, index) => defined.indexOf(number) !== index),
    []
  )
})

t.test('each number in a test title has a definition', async (t) => {
  t.same(
    [...named].filter((number) => !defined.includes(number)),
    []
  )
})

t.test('each requirement has a test, or a reason in the list of those without one', async (t) => {
  t.same(
    defined.filter((number) => !named.has(number)),
    withoutTest
  )
})

t.test('the evidence tables match the test titles', async (t) => {
  const written = evidenceFiles()
  t.same(find('docs/evidence/*.md'), [...written.keys()].sort())
  for (const [file, content] of written) t.equal(read(file), content, `${file}: run npx --yes pnpm@12 evidence`)
})

for (const { name, text, expected } of [
  {
    name: 'a title',
    text: "t.test('refuses it (SEC-1, K2.3)', f)",
    expected: [{ title: 'refuses it', numbers: ['SEC-1', 'K2.3'] }]
  },
  {
    name: 'a template',
    text: 't.test(`refuses ${a} of ${b} (FAULT-1)`, f)',
    expected: [{ title: 'refuses ... of ...', numbers: ['FAULT-1'] }]
  },
  {
    name: 'a test within a test',
    text: "t.test('outer', () => t.test('inner (K1)', f))",
    expected: [{ title: 'outer: inner', numbers: ['K1'] }]
  },
  {
    name: 'a message of an assertion',
    text: "t.test('outer', () => t.ok(true, 'message (K1)'))",
    expected: [{ title: 'outer: message', numbers: ['K1'] }]
  },
  {
    name: 'a message without words',
    text: "t.test('outer', () => t.ok('a', 'K1'))",
    expected: [{ title: 'outer: a', numbers: ['K1'] }]
  },
  {
    name: 'a member of a table',
    text: "const cases = [['one (K1)']]\nfor (const [name] of cases) t.test(`refuses ${name}`, f)",
    expected: [{ title: 'refuses ...: one', numbers: ['K1'] }]
  },
  {
    name: 'a number of its own in a table',
    text: "for (const [name, number] of [['one', 'K1']]) t.test(`refuses ${name} (${number})`, f)",
    expected: [{ title: 'refuses ...: one', numbers: ['K1'] }]
  },
  { name: 'a title without a number', text: "t.test('SECOND K1a', f)", expected: [] }
]) {
  t.test(`evidence names the titles and numbers of ${name}`, async (t) => {
    t.same(
      evidenceIn('a.test.ts', text),
      expected.map((each) => ({ file: 'a.test.ts', ...each }))
    )
  })
}
