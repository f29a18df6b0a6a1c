// Writes docs/evidence: for each requirement, the tests whose titles name it. Titles are found in the syntax trees of the
// tests, because a title can be a template or a member of a table. A `${...}` of a template is written as `...`.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { globSync } from 'tinyglobby'
import ts from 'typescript'

const root = path.join(import.meta.dirname, '..')
const NUMBER = /\b(?:(?:SEC|FAULT)-\d+|K\d+(?:\.\d+)?)\b/g
// The numbers at the end of a title, or a text that consists of a number.
const ONLY_NUMBERS = /\s*\((?:(?:(?:SEC|FAULT)-\d+|K\d+(?:\.\d+)?|\.\.\.)(?:, )?)+\)$|^[A-Z]+-?\d+(?:\.\d+)?$/
const DEFINITION = /^- \*\*([A-Z]+-?[\d.]+)\*\*: /gm
const WITHOUT_TEST = /^- ([A-Z]+-?[\d.]+): ./gm
// Its texts are sources to read, with numbers that no test proves.
const OWN_TEST = 'test/architecture/requirements.test.ts'

/** The areas of docs/requirements: each a file's name, its title and the numbers that it defines, in order. */
export function readAreas() {
  return find('docs/requirements/*.md').flatMap((file) => {
    const name = path.basename(file, '.md')
    const text = read(file)
    const title = text.slice('# '.length, text.indexOf('\n'))
    return name === 'README'
      ? []
      : [{ name, title, numbers: [...text.matchAll(DEFINITION)].map(([, number]) => number) }]
  })
}

/** The numbers of the requirements that the list "Without a test" names. */
export function readWithoutTest() {
  const text = read('docs/requirements/README.md')
  const [, section = ''] = /^## Without a test\n([^]*?)(?:^## |$(?![^]))/m.exec(text) ?? []
  return [...section.matchAll(WITHOUT_TEST)].map(([, number]) => number)
}

/** The titles that name requirements, in the order of files and lines. */
export function readEvidence() {
  const files = find('packages/*/test/**/*.ts', 'test/**/*.ts').filter((file) => file !== OWN_TEST)
  return files.flatMap((file) => evidenceIn(file, read(file)))
}

/** The titles in the text of a test file that name requirements, each without their numbers. */
export function evidenceIn(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found = []
  visit(source)
  return found

  function visit(node) {
    const numbers = textOf(node)?.match(NUMBER) ?? []
    if (numbers.length > 0) found.push({ file, title: titleOf(node), numbers })
    ts.forEachChild(node, visit)
  }
}

/** The content of each file of docs/evidence, by its path. */
export function evidenceFiles() {
  const evidence = readEvidence()
  return new Map(
    readAreas().map(({ name, title, numbers }) => [`docs/evidence/${name}.md`, page(name, title, numbers, evidence)])
  )
}

function page(name, title, numbers, evidence) {
  const rows = numbers.flatMap((number) =>
    evidence
      .filter((each) => each.numbers.includes(number))
      .map((each) => `| ${number} | \`${each.file}\` | ${cell(each.title)} |`)
  )
  const top = `# Evidence: ${title}\n\nThe tests of the [requirements](../requirements/${name}.md). Written by \`npx --yes pnpm@12 evidence\`.\n`
  return `${top}\n| requirement | file | test |\n| --- | --- | --- |\n${[...new Set(rows)].join('\n')}\n`
}

function cell(title) {
  return title.replaceAll(/[\\|<>*_`[\]]/g, '\\$&').replaceAll(/\s+/g, ' ')
}

/** The titles of the tests around a text, then the text itself. */
function titleOf(node) {
  const own = withoutNumbers(textOf(node)) || siblings(node)
  const titles = [...around(node), own].filter((title) => title !== '')
  return titles.join(': ')
}

function withoutNumbers(title) {
  return title.replace(ONLY_NUMBERS, '')
}

/** The first text beside a text that consists of numbers alone, as in a row of a table. */
function siblings(node) {
  const beside = node.parent.elements ?? (isTitled(node.parent) ? [] : node.parent.arguments) ?? []
  return beside.flatMap((each) => (each === node ? [] : (textOf(each) ?? [])))[0] ?? ''
}

function around(node) {
  const titles = []
  for (let inner = node, outer = node.parent; outer; inner = outer, outer = outer.parent) {
    if (isTitled(outer) && outer.arguments[0] !== inner && inner !== outer.expression)
      titles.unshift(outer.arguments[0])
    const loop = loopOver(inner, outer)
    const test = loop && firstTitle(loop.statement)
    if (test) titles.unshift(test)
  }
  return titles.map((title) => withoutNumbers(textOf(title)))
}

/** The loop that runs through a table which contains a text: directly, or by the name of a constant. */
function loopOver(inner, outer) {
  if (ts.isForOfStatement(outer)) return outer.expression === inner ? outer : undefined
  if (!ts.isVariableDeclaration(outer) || outer.initializer !== inner || !ts.isIdentifier(outer.name)) return undefined
  const name = new RegExp(`\\b${outer.name.text}\\b`)
  return first(outer.getSourceFile(), (node) => ts.isForOfStatement(node) && name.test(node.expression.getText()))
}

function firstTitle(node) {
  return first(node, isTitled)?.arguments[0]
}

function isTitled(node) {
  return (
    ts.isCallExpression(node) && /\btest$/.test(node.expression.getText()) && textOf(node.arguments[0]) !== undefined
  )
}

function first(node, holds) {
  return holds(node) ? node : ts.forEachChild(node, (child) => first(child, holds))
}

function textOf(node) {
  if (node === undefined) return undefined
  if (ts.isStringLiteralLike(node)) return node.text
  if (!ts.isTemplateExpression(node)) return undefined
  return node.head.text + node.templateSpans.map(({ literal }) => `...${literal.text}`).join('')
}

function find(...patterns) {
  return globSync(patterns, { cwd: root, ignore: ['**/{node_modules,dist,.tap}/**'] }).sort()
}

function read(file) {
  return readFileSync(path.join(root, file), 'utf8')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  mkdirSync(path.join(root, 'docs/evidence'), { recursive: true })
  for (const [file, content] of evidenceFiles()) writeFileSync(path.join(root, file), content)
}
