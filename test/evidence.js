// Writes docs/evidence: for each requirement, the tests whose titles name it. Writes docs/conformance.md too.

import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { conformanceFile } from './conformance.js'
import { cell, find, read, readTitles } from './titles.js'

const NUMBER = /\b(?:(?:SEC|FAULT)-\d+|K\d+(?:\.\d+)?)\b/g
const DEFINITION = /^- \*\*([A-Z]+-?[\d.]+)\*\*: /gm
const WITHOUT_TEST = /^- ([A-Z]+-?[\d.]+): ./gm

/**
 * The areas of docs/requirements: each a file's name, its title and the numbers that it defines, in order.
 *
 * @returns {{ name: string, title: string, numbers: string[] }[]}
 */
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
  return readTitles(numbersIn)
}

/** The numbers of requirements in a text. */
export function numbersIn(text) {
  return text.match(NUMBER) ?? []
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
      .filter((each) => each.names.includes(number))
      .map((each) => `| ${number} | \`${each.file}\` | ${cell(each.title)} |`)
  )
  const top = `# Evidence: ${title}\n\nThe tests of the [requirements](../requirements/${name}.md). Written by \`npx --yes pnpm@12 evidence\`.\n`
  return `${top}\n| requirement | file | test |\n| --- | --- | --- |\n${[...new Set(rows)].join('\n')}\n`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = path.join(import.meta.dirname, '..')
  mkdirSync(path.join(root, 'docs/evidence'), { recursive: true })
  const files = new Map([...evidenceFiles(), conformanceFile()])
  for (const [file, content] of files) writeFileSync(path.join(root, file), content)
}
