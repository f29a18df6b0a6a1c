// The site of the documentation. `site/build.js` writes its pages to `.artifacts/docs` first.
import { slug } from 'github-slugger'
import { defineConfig } from 'vitepress'
import llmstxt from 'vitepress-plugin-llms'
import { diagram } from './site/diagram.js'
import { navigation, sidebar } from './site/navigation.js'

// A key.
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" stroke="#3451b2" stroke-width="2"><circle cx="5" cy="8" r="3"/><path d="M8 8h7v3m-3-3v2"/></svg>'

export default defineConfig({
  title: 'Latchkey',
  description: 'OAuth2 login and resource protection for Fastify 5',
  lang: 'en',
  head: [['link', { rel: 'icon', href: `data:image/svg+xml,${encodeURIComponent(ICON)}` }]],
  srcDir: '../.artifacts/docs',
  cacheDir: '../.artifacts/docs-cache',
  outDir: './.vitepress/dist',
  cleanUrls: true,
  // Links to servers that a reader starts. Each other dead link fails the build.
  ignoreDeadLinks: 'localhostLinks',
  metaChunk: true,
  markdown: {
    // The identifiers of headings that code hosts give: READMEs link to them.
    anchor: { slugify: (text) => slug(text) },
    config(md) {
      const fence = md.renderer.rules.fence
      md.renderer.rules.fence = (tokens, at, ...rest) =>
        tokens[at].info.trim() === 'mermaid'
          ? diagram(tokens[at].content, md.utils.escapeHtml)
          : fence(tokens, at, ...rest)
    }
  },
  themeConfig: {
    siteTitle: 'Latchkey',
    nav: navigation,
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
    docFooter: { prev: 'Previous', next: 'Next' }
  },
  vite: {
    plugins: [
      llmstxt({
        title: 'Latchkey',
        description:
          'OAuth2 login and resource protection for Fastify 5, in packages that a server registers one by one.',
        ignoreFiles: ['reference/**', 'evidence/**', 'source/**', 'conformance.md']
      })
    ],
    // The search index is one large file.
    build: { chunkSizeWarningLimit: 5000 }
  }
})
