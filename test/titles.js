// The titles of tests, found in the syntax trees of their files, because a title can be a template or a member of a table. A
// `${...}` of a template is written as `...`.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { globSync } from 'tinyglobby'
import ts from 'typescript'

const root = path.join(import.meta.dirname, '..')
const NAME = String.raw`(?:(?:SEC|FAULT)-\d+|K\d+(?:\.\d+)?|(?:RFC \d+ )?(?:§[\d.]+|Appendix [A-Z])|\.\.\.)`
// The numbers and sections at the end of a title, or a text that consists of a number.
const ONLY_NAMES = new RegExp(String.raw`\s*\(${NAME}(?:, ${NAME})*\)$|^[A-Z]+-?\d+(?:\.\d+)?$`)
// Its texts are sources to read, with numbers that no test proves.
const OWN_TEST = 'test/architecture/requirements.test.ts'

/**
 * The titles that name something, in the order of files and lines.
 *
 * @param {(text: string) => readonly string[]} namesIn - returns the names in a text
 * @returns {{ file: string, title: string, names: string[] }[]}
 */
export function readTitles(namesIn) {
  const files = find('packages/*/test/**/*.ts', 'test/**/*.ts').filter((file) => file !== OWN_TEST)
  return files.flatMap((file) => titlesIn(file, read(file), namesIn))
}

/** The titles in the text of a test file that name something, each without the names. */
export function titlesIn(file, text, namesIn) {
  // Parsing takes long, and most files name nothing.
  if (namesIn(text).length === 0) return []
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found = []
  visit(source)
  return found

  function visit(node) {
    const names = namesIn(textOf(node) ?? '')
    if (names.length > 0) found.push({ file, title: titleOf(node), names })
    ts.forEachChild(node, visit)
  }
}

/** A text for a cell of a table in Markdown. */
export function cell(text) {
  return text.replaceAll(/[\\|<>*_`[\]]/g, '\\$&').replaceAll(/\s+/g, ' ')
}

/** The files of the repository that match patterns, in order. */
export function find(...patterns) {
  return globSync(patterns, { cwd: root, ignore: ['**/{node_modules,dist,.tap}/**'] }).sort()
}

/** The text of a file of the repository. */
export function read(file) {
  return readFileSync(path.join(root, file), 'utf8')
}

/** The titles of the tests around a text, then the text itself. */
function titleOf(node) {
  const own = withoutNames(textOf(node)) || siblings(node)
  const titles = [...around(node), own].filter((title) => title !== '')
  return titles.join(': ')
}

function withoutNames(title) {
  return title.replace(ONLY_NAMES, '')
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
  return titles.map((title) => withoutNames(textOf(title)))
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
