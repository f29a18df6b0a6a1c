// Makes docs/conformance.md: the requirements of RFCs that concern the packages, each with its tests or the reason for none. The
// tests are found by the sections in their titles, as in `(RFC 9700 §4.1.3, §4.16)`.

import rfc6749 from './conformance/rfc6749.js'
import rfc7591 from './conformance/rfc7591.js'
import rfc7592 from './conformance/rfc7592.js'
import rfc7636 from './conformance/rfc7636.js'
import rfc8252 from './conformance/rfc8252.js'
import rfc8628 from './conformance/rfc8628.js'
import rfc9126 from './conformance/rfc9126.js'
import rfc9207 from './conformance/rfc9207.js'
import rfc9700 from './conformance/rfc9700.js'
import { cell, readTitles } from './titles.js'

const SECTIONS = /RFC (\d+) ((?:§[\d.]+|Appendix [A-Z])(?:, (?:§[\d.]+|Appendix [A-Z]))*)/g
const TOP = `# Conformance

The requirements of RFCs for an authorization server, a resource server and a client, as far as they concern these packages, in
our words. Beside each are the tests that prove it, or the reason why it has none. The sections that only explain an attack or
address others are left out. The tests name the sections in their titles; \`npx --yes pnpm@12 evidence\` writes this page, and a
test in \`test/architecture\` fails when a requirement has neither a test nor a reason.
`

/**
 * The RFCs that docs/conformance.md covers. A requirement has the `section`, its `text` and, if needed,
 * - `tests`: words, of which a title must contain one beside the section. By default all titles with the section count;
 * - `reason`: why there is no test, or why the packages differ.
 */
const rfcs = [rfc9700, rfc9207, rfc9126, rfc7636, rfc8252, rfc8628, rfc7591, rfc7592, rfc6749]

/** The sections of those RFCs in a text, such as `RFC 9700 §4.1.3`. */
export function sectionsIn(text) {
  return [...text.matchAll(SECTIONS)].flatMap(([, number, list]) =>
    rfcs.some((rfc) => rfc.number === Number(number))
      ? list.split(', ').map((section) => `RFC ${number} ${section.replace(/\.$/, '')}`)
      : []
  )
}

/**
 * The requirements of all RFCs, each with the name of its section, its words and the titles that it found.
 *
 * @returns {{ rfc: typeof rfc9700, section: string, name: string, text: string, words: string[], reason?: string,
 *   found: { file: string, title: string, names: string[] }[] }[]}
 */
export function readConformance() {
  const titles = readTitles(sectionsIn)
  return rfcs.flatMap((rfc) =>
    rfc.requirements.map((requirement) => {
      const name = nameOf(rfc, requirement)
      const words = [requirement.tests ?? []].flat()
      return { ...requirement, rfc, name, words, found: titlesFor(name, words, requirement.reason, titles) }
    })
  )
}

/**
 * The path and the content of docs/conformance.md.
 *
 * @returns {[file: string, content: string]}
 */
export function conformanceFile() {
  const requirements = readConformance()
  const tables = rfcs.map((rfc) => {
    const rows = requirements.filter((each) => each.rfc === rfc).map(row)
    const head = `## [RFC ${rfc.number}](${urlOf(rfc)}): ${rfc.title}\n`
    return `${head}\n| section | requirement | tests |\n| --- | --- | --- |\n${rows.join('\n')}\n`
  })
  return ['docs/conformance.md', [TOP, ...tables].join('\n')]
}

function titlesFor(name, words, reason, titles) {
  if (words.length === 0 && reason !== undefined) return []
  const named = titles.filter(({ names }) => names.includes(name))
  return words.length === 0 ? named : named.filter(({ title }) => words.some((each) => title.includes(each)))
}

function row({ rfc, section, text, reason, found }) {
  const tests = found.map(({ file, title }) => `[${cell(title)}](../${file})`)
  const last = reason === undefined ? [] : [`*${reason}*`]
  return `| [${signOf(section)}](${urlOf(rfc, section)}) | ${text} | ${[...new Set(tests), ...last].join('<br>')} |`
}

function nameOf({ number }, { section }) {
  return `RFC ${number} ${signOf(section)}`
}

function signOf(section) {
  return /^\d/.test(section) ? `§${section}` : `Appendix ${section}`
}

function urlOf({ number }, section) {
  const anchor = section === undefined ? '' : `#${/^\d/.test(section) ? 'section' : 'appendix'}-${section}`
  return `https://www.rfc-editor.org/rfc/rfc${number}${anchor}`
}
