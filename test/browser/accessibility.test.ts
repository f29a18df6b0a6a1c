// Every page that the packages serve, in Chromium, through axe-core.
// Runs in a process of its own: it opens each page in each look, which takes minutes.
import axe from 'axe-core'
import type { BrowserContextOptions, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { openBrowser, skip } from './chromium.ts'
import { LOOKS, unmarkedTexts } from './looks.ts'
import { type Site, sites } from './sites.ts'

/** How a page is looked at. */
const VIEWS: Readonly<Record<string, BrowserContextOptions>> = {
  'in light colors': { colorScheme: 'light' },
  'in dark colors': { colorScheme: 'dark' },
  'in 320 pixels': { viewport: { width: 320, height: 640 } },
  'with high contrast': { forcedColors: 'active' }
}

/** The rules that a page breaks, each with the elements that break it. */
async function faultsOf(page: Page): Promise<unknown> {
  // Both run in the page as if a debugger had sent them, so the policy of the page does not refuse them.
  await page.evaluate(axe.source)
  return page.evaluate(`axe.run().then(({ violations }) =>
    violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html, failureSummary }) => ({ html, failureSummary })) })))`)
}

t.setTimeout(1_200_000)

for (const { name: site, start, pages: all } of sites) {
  t.test(`axe-core finds no fault in the pages of ${site}`, { skip }, async (t) => {
    const origin = await start(t, null)
    for (const [view, options] of Object.entries(VIEWS)) await look(t, all, origin, view, options)
  })

  for (const [name, given] of Object.entries(LOOKS)) {
    t.test(`axe-core finds no fault in the pages of ${site} ${name}`, { skip }, async (t) => {
      const origin = await start(t, given)
      await look(t, all, origin, 'in light colors', { colorScheme: 'light' })
      if (given.colors !== undefined) await look(t, all, origin, 'in dark colors', { colorScheme: 'dark' })
    })
  }
}

/** Opens all pages of a site. */
async function look(
  t: Test,
  all: Site['pages'],
  origin: string,
  view: string,
  options: BrowserContextOptions
): Promise<void> {
  const browser = await openBrowser(t, options)
  for (const [name, open] of Object.entries(all)) {
    const page = await browser.newPage()
    await open(page, origin)
    t.same(await faultsOf(page), [], `${name}, ${view}`)
    const overflow = 'document.documentElement.scrollWidth > document.documentElement.clientWidth'
    t.equal(await page.evaluate(overflow), false, `${name} does not scroll sideways, ${view}`)
    if ((await page.title()).includes('⟦')) t.same(await unmarkedTexts(page), [], `${name} has no other words`)
    await page.close()
  }
  await browser.close()
}
