import t from 'tap'
import { conformanceFile, readConformance, sectionsIn } from '../conformance.js'
import { evidenceFiles, numbersIn, readAreas, readEvidence, readWithoutTest } from '../evidence.js'
import { readTitles, titlesIn } from '../titles.js'
import { find, read } from './workspace.ts'

const defined = readAreas().flatMap(({ numbers }) => numbers)
const named = new Set(readEvidence().flatMap(({ names }) => names))
const withoutTest = readWithoutTest()
const conformance = readConformance()

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

t.test('each requirement of an RFC has a test, or a reason', async (t) => {
  t.ok(conformance.length > 0)
  t.same(
    conformance
      .filter(({ found, reason }) => found.length === 0 && reason === undefined)
      .map(({ name, text }) => `${name}: ${text}`),
    []
  )
})

t.test('the words of each requirement of an RFC are in the title of a test', async (t) => {
  const unused = conformance.flatMap(({ name, words, found }) =>
    words.flatMap((word) => (found.some(({ title }) => title.includes(word)) ? [] : `${name}: ${word}`))
  )
  t.same(unused, [])
})

t.test('each section in a test title has a requirement', async (t) => {
  const proofs = new Set(
    conformance.flatMap(({ name, found }) => found.map(({ file, title }) => `${name} ${file}: ${title}`))
  )
  const titles = readTitles(sectionsIn).flatMap(({ file, title, names }) =>
    names.map((name) => `${name} ${file}: ${title}`)
  )
  t.ok(titles.length > 0)
  t.same(
    titles.filter((title) => !proofs.has(title)),
    []
  )
})

t.test('the page of conformance matches the test titles', async (t) => {
  const [file, content] = conformanceFile()
  t.equal(read(file), content, 'run npx --yes pnpm@12 evidence')
})

for (const { text, expected } of [
  {
    text: 'refuses it (SEC-1, RFC 9700 §4.1.3, §4.16, RFC 6749 §5)',
    expected: ['RFC 9700 §4.1.3', 'RFC 9700 §4.16', 'RFC 6749 §5']
  },
  { text: 'works (RFC 7636 §4.6, Appendix B)', expected: ['RFC 7636 §4.6', 'RFC 7636 Appendix B'] },
  { text: 'another RFC (RFC 8414 §2), and none (RFC 9700)', expected: [] }
]) {
  t.test(`the sections in "${text}" are found`, async (t) => t.same(sectionsIn(text), expected))
}

for (const { name, text, expected } of [
  {
    name: 'a title',
    text: "t.test('refuses it (SEC-1, K2.3)', f)",
    expected: [{ title: 'refuses it', names: ['SEC-1', 'K2.3'] }]
  },
  {
    name: 'a template',
    text: 't.test(`refuses ${a} of ${b} (FAULT-1)`, f)',
    expected: [{ title: 'refuses ... of ...', names: ['FAULT-1'] }]
  },
  {
    name: 'a test within a test',
    text: "t.test('outer', () => t.test('inner (K1)', f))",
    expected: [{ title: 'outer: inner', names: ['K1'] }]
  },
  {
    name: 'a message of an assertion',
    text: "t.test('outer', () => t.ok(true, 'message (K1)'))",
    expected: [{ title: 'outer: message', names: ['K1'] }]
  },
  {
    name: 'a message without words',
    text: "t.test('outer', () => t.ok('a', 'K1'))",
    expected: [{ title: 'outer: a', names: ['K1'] }]
  },
  {
    name: 'a member of a table',
    text: "const cases = [['one (K1)']]\nfor (const [name] of cases) t.test(`refuses ${name}`, f)",
    expected: [{ title: 'refuses ...: one', names: ['K1'] }]
  },
  {
    name: 'a number of its own in a table',
    text: "for (const [name, number] of [['one', 'K1']]) t.test(`refuses ${name} (${number})`, f)",
    expected: [{ title: 'refuses ...: one', names: ['K1'] }]
  },
  {
    name: 'a title with sections of RFCs',
    text: "t.test('refuses it (SEC-1, RFC 9700 §4.1, §4.2)', f)",
    expected: [{ title: 'refuses it', names: ['SEC-1'] }]
  },
  { name: 'a title without a number', text: "t.test('SECOND K1a', f)", expected: [] }
]) {
  t.test(`evidence names the titles and numbers of ${name}`, async (t) => {
    t.same(
      titlesIn('a.test.ts', text, numbersIn),
      expected.map((each) => ({ file: 'a.test.ts', ...each }))
    )
  })
}
