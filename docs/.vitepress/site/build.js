// Builds the site, and checks the links within it. Behind `pnpm run docs`.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { build } from 'vitepress'
import { deadAnchors } from './anchors.js'
import { contentOf, pagesBySource, PICTURES, root, sourcePage } from './pages.js'
import { writeReference } from './reference.js'

const EVIDENCE = 'docs/evidence'
const folder = path.join(root, '.artifacts/docs')

await rm(folder, { recursive: true, force: true })
await writePages()
await cp(path.join(root, PICTURES), path.join(folder, 'public/pictures'), { recursive: true })
await writeReference(path.join(folder, 'reference'))
await build(path.join(root, 'docs'))
const dead = await deadAnchors(path.join(root, 'docs/.vitepress/dist'))
for (const link of dead) console.error(`dead link: ${link}`)
console.log(`docs: ${dead.length === 0 ? 'every link leads to a page and a heading' : `${dead.length} dead links`}`)
process.exitCode = dead.length > 0 ? 1 : 0

async function writePages() {
  const pages = pagesBySource()
  const shown = new Set()
  for (const [source, page] of pages) {
    await writePage(page, source === EVIDENCE ? evidenceIndex(pages) : contentOf(source, pages, shown))
  }
  for (const file of shown) await writePage(sourcePage(file), await sourceOf(file))
}

async function writePage(page, content) {
  const file = path.join(folder, page)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, content)
}

/** A code host lists the files of the folder. */
function evidenceIndex(pages) {
  const listed = [...pages.values()].filter((page) => page.startsWith('evidence/') && page !== 'evidence/index.md')
  const items = listed
    .map((page) => page.slice('evidence/'.length, -'.md'.length))
    .map((name) => `- [${name}](./${name})`)
  return `# Evidence\n\nThe tests of each [requirement](/requirements/).\n\n${items.join('\n')}\n`
}

async function sourceOf(file) {
  const code = await readFile(path.join(root, file), 'utf8')
  return `# ${path.posix.basename(file)}\n\n\`${file}\`\n\n\`\`\`\`${path.extname(file).slice(1)}\n${code}\`\`\`\`\n`
}
