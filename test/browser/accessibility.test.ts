// Every page that the packages serve, in Chromium, through axe-core.
// Runs in a process of its own: it opens each page in each look, and opens many.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { openBrowser, skip } from './chromium.ts'
import { LOOKS, unmarkedTexts } from './looks.ts'
import { type Site, sites } from './sites.ts'

interface View {
  readonly colorScheme?: 'light' | 'dark'
  readonly forcedColors?: 'active'
  /** In pixels. */
  readonly width?: number
}

const LIGHT = { 'in light colors': {} }
const DARK = { 'in dark colors': { colorScheme: 'dark' } } as const
/** How a page is looked at. */
const VIEWS: Readonly<Record<string, View>> = {
  ...LIGHT,
  ...DARK,
  'in 320 pixels': { width: 320 },
  'with high contrast': { forcedColors: 'active' }
}

/** The rules that a page breaks, each with the elements that break it. The page has run the source of axe. */
async function faultsOf(page: Page): Promise<unknown> {
  return page.evaluate(`axe.run().then(({ violations }) =>
    violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html, failureSummary }) => ({ html, failureSummary })) })))`)
}

const axe = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

t.setTimeout(1_200_000)

for (const { name: site, start, pages: all } of sites) {
  t.test(`axe-core finds no fault in the pages of ${site}`, { skip }, async (t) => {
    await look(t, all, await start(t, null), VIEWS)
  })

  for (const [name, given] of Object.entries(LOOKS)) {
    t.test(`axe-core finds no fault in the pages of ${site} ${name}`, { skip }, async (t) => {
      await look(t, all, await start(t, given), given.colors === undefined ? LIGHT : { ...LIGHT, ...DARK })
    })
  }
}

/** Opens each page of a site once, in one tab, and looks at it in each view. */
async function look(t: Test, all: Site['pages'], origin: string, views: typeof VIEWS): Promise<void> {
  const page = await (await openBrowser(t)).newPage()
  for (const [name, open] of Object.entries(all)) {
    await open(page, origin)
    // It runs in the page as if a debugger had sent it, so the policy of the page does not refuse it.
    await page.evaluate(axe)
    for (const [view, { colorScheme = 'light', forcedColors = 'none', width = 1280 }] of Object.entries(views)) {
      await page.emulateMedia({ colorScheme, forcedColors })
      await page.setViewportSize({ width, height: 720 })
      t.same(await faultsOf(page), [], `${name}, ${view}`)
      const overflow = 'document.documentElement.scrollWidth > document.documentElement.clientWidth'
      t.equal(await page.evaluate(overflow), false, `${name} does not scroll sideways, ${view}`)
    }
    if ((await page.title()).includes('⟦')) t.same(await unmarkedTexts(page), [], `${name} has no other words`)
  }
}
