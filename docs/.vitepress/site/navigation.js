// The navigation of the site. Lists that follow from files are read from the folders.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { globSync } from 'tinyglobby'
import { pagesBySource, root } from './pages.js'

const pages = pagesBySource()

export const navigation = [
  { text: 'Tutorial', link: '/tutorial' },
  { text: 'How-to', link: '/how-to/', activeMatch: '^/(how-to|examples|source)/' },
  { text: 'Concepts', link: '/concepts/', activeMatch: '^/concepts/' },
  { text: 'Reference', link: '/reference/', activeMatch: '^/(reference|packages)/' },
  { text: 'Security', link: '/security/', activeMatch: '^/(security|requirements|evidence|conformance|soak|tarballs)' },
  { text: 'Compare', link: '/compare', activeMatch: '^/(compare|coming-from)' }
]

const start = [
  { text: 'Overview', link: '/overview' },
  { text: 'Tutorial', link: '/tutorial' },
  {
    text: 'Concepts',
    items: [
      { text: 'How it fits together', link: '/concepts/' },
      { text: 'Flows', link: '/concepts/flows' }
    ]
  },
  {
    text: 'How-to',
    items: [{ text: 'All pages', link: '/how-to/' }, ...titled('how-to/*.md')]
  },
  {
    text: 'Coming from',
    items: [
      { text: 'Another library', link: '/coming-from/' },
      ...titled('coming-from/*.md'),
      { text: '@fastify/session', link: '/from-fastify-session' },
      { text: 'Compare', link: '/compare' }
    ]
  },
  { text: 'Examples', collapsed: true, items: named('examples') }
]

const packages = [
  { text: 'Packages', items: named('packages') },
  {
    text: 'Reference of exports',
    collapsed: true,
    items: [{ text: 'All entry points', link: '/reference/' }]
  }
]

const security = [
  {
    text: 'Security',
    items: [
      { text: 'Overview', link: '/security/' },
      { text: 'Checklist', link: '/security/checklist' },
      { text: 'Production checklist', link: '/security/production' },
      { text: 'Threat model', link: '/threat-model' }
    ]
  },
  {
    text: 'Proofs',
    items: [
      { text: 'Conformance', link: '/conformance' },
      { text: 'Requirements', link: '/requirements/' },
      { text: 'Evidence', link: '/evidence/' },
      { text: 'Soak', link: '/soak' },
      { text: 'Installation', link: '/tarballs' },
      { text: 'Performance', link: '/performance' }
    ]
  }
]

export const sidebar = {
  '/': start,
  ...Object.fromEntries(['packages', 'reference'].map((folder) => [`/${folder}/`, packages])),
  ...Object.fromEntries(security.flatMap(({ items }) => items.map(({ link }) => [link, security])))
}

/** The pages of a folder of docs, with their headings. */
function titled(pattern) {
  return globSync(`docs/${pattern}`, { cwd: root, ignore: '**/index.md' })
    .sort()
    .map((source) => ({
      text: /^# (.+)$/m.exec(readFileSync(path.join(root, source), 'utf8'))?.[1].replace(/^From /, ''),
      link: linkOf(pages.get(source))
    }))
}

/** The READMEs of a folder, by the names of their folders. */
function named(folder) {
  return [...pages.values()]
    .filter((page) => page.startsWith(`${folder}/`))
    .map((page) => ({ text: path.posix.basename(page, '.md'), link: linkOf(page) }))
}

function linkOf(page) {
  return `/${page.replace(/(?:index)?\.md$/, '')}`
}
