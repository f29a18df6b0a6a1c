import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { globSync } from 'tinyglobby'

/** The links of a built site to a page, or to a heading, that does not exist. VitePress checks no headings. */
export async function deadAnchors(folder) {
  const pages = new Map()
  for (const file of globSync('**/*.html', { cwd: folder })) {
    const html = await readFile(path.join(folder, file), 'utf8')
    const ids = new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => unescaped(id)))
    const links = [...html.matchAll(/<a\s[^>]*?href="([^"]*)"/g)].map(([, href]) => unescaped(href))
    pages.set(`/${file.replace(/(?:index)?\.html$/, '')}`, { ids, links })
  }
  return [...pages].flatMap(([page, { links }]) =>
    [...new Set(links)].filter((link) => !leadsToHeading(page, link)).map((link) => `${page}: ${link}`)
  )

  function leadsToHeading(page, link) {
    const { pathname, hash, host } = new URL(link, `https://site.invalid${page}`)
    if (host !== 'site.invalid' || /\.(?!html)\w+$/.test(pathname)) return true
    const target = pages.get(decodeURI(pathname).replace(/\.html$/, ''))
    if (target === undefined || hash === '') return target !== undefined
    // TypeDoc numbers equal names of a page in an order of its own.
    return (page.startsWith('/reference/') && pathname === page) || target.ids.has(decodeURIComponent(hash.slice(1)))
  }
}

function unescaped(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
}
