// The pages of the site: which file of the repository each is made of, and where its links lead.
import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { globSync } from 'tinyglobby'

/** The folder of the pictures of pages. */
export const PICTURES = 'docs/pictures'
export const root = path.join(import.meta.dirname, '../../..')

const CODE = /^ *(`{3,}|~{3,}).*?^ *\1|(?<!`)(`+)(?!`).*?[^`]\2(?!`)/gms
const LINK = /\]\(([^()\s]+)\)/g

const { repository } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))

/** The path of each page on the site, by the file of the repository. */
export function pagesBySource() {
  const sources = globSync(
    [
      'docs/**/*.md',
      'packages/*/README.md',
      'examples/*/README.md',
      'bench/README.md',
      '{README,SECURITY,CONTRIBUTING,CHANGELOG}.md'
    ],
    { cwd: root, ignore: ['**/node_modules/**', '**/dist/**'] }
  ).sort()
  return new Map([...sources.map((source) => [source, pageOf(source)]), ['docs/evidence', 'evidence/index.md']])
}

function pageOf(source) {
  if (source === 'README.md') return 'overview.md'
  // There is a folder of that name.
  if (source === 'SECURITY.md') return 'threat-model.md'
  if (source === 'docs/skill/SKILL.md') return 'skill.md'
  if (source.startsWith('docs/')) return source.slice('docs/'.length).replace(/README\.md$/, 'index.md')
  return source.replace(/\/README\.md$/, '.md').toLowerCase()
}

/** The content of a page, whose links lead to other pages. `shown` collects the files of examples that get a page too. */
export function contentOf(source, pages, shown) {
  const text = readFileSync(path.join(root, source), 'utf8')
  const withoutCode = text.replace(CODE, (code) => '.'.repeat(code.length))
  let content = ''
  let end = text.length
  for (const found of [...withoutCode.matchAll(LINK)].reverse()) {
    const from = openingBracket(withoutCode, found.index)
    const to = found.index + found[0].length
    const label = text.slice(from + 1, found.index)
    const target = linkTarget(source, found[1], pages, shown)
    content = (target === null ? label : `[${label}](${target})`) + text.slice(to, end) + content
    end = from
  }
  return text.slice(0, end) + content
}

/** The address on the site of a link, or `null` if a file of the repository has none. */
function linkTarget(source, target, pages, shown) {
  if (/^(?:[a-z]+:|#)/.test(target)) return target
  const [file, hash] = target.split('#')
  const found = repositoryFile(source, file)
  if (found.startsWith('examples/') && !pages.has(found)) {
    shown.add(found)
    return `/${sourcePage(found).replace(/\.md$/, '')}`
  }
  if (found.startsWith(`${PICTURES}/`)) return found.slice('docs'.length)
  const page = pages.get(found)
  if (page !== undefined) return `/${page.replace(/(?:index)?\.md$/, '')}${hash ? `#${hash}` : ''}`
  return repository === undefined ? null : `${repository.url}/blob/main/${found}`
}

/** The page that shows a file of the examples. */
export function sourcePage(file) {
  return `source/${file.replace(/^examples\//, '').replaceAll('.', '-')}.md`
}

function openingBracket(text, closing) {
  let depth = 1
  let at = closing
  while (depth > 0) {
    at -= 1
    if (at < 0) throw new Error(`a link has no opening bracket: ${text.slice(closing, closing + 80)}`)
    if (text[at] === ']') depth += 1
    if (text[at] === '[') depth -= 1
  }
  return at
}

function repositoryFile(source, target) {
  const file = path.posix.normalize(path.posix.join(path.posix.dirname(source), target)).replace(/\/$/, '')
  const absolute = path.join(root, file)
  if (!existsSync(absolute)) throw new Error(`${source} links to ${target}, which does not exist`)
  if (!statSync(absolute).isDirectory()) return file
  const readme = path.posix.join(file, 'README.md')
  return existsSync(path.join(root, readme)) ? readme : file
}
