// Takes the pictures of the pages that stand in the READMEs. Behind `pnpm pictures`.
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { root } from '../architecture/workspace.ts'
import { args, executablePath } from './chromium.ts'
import { sites } from './sites.ts'

/** A file in `docs/pictures`, and the page that it shows. */
interface Picture {
  readonly name: string
  readonly site: string
  readonly page: string
  readonly colors?: 'dark'
  /** In pixels. */
  readonly size?: { readonly width: number; readonly height: number }
}

const PHONE = { width: 420, height: 480 }

const pictures: readonly Picture[] = [
  { name: 'login', site: 'the showcase', page: 'the page of providers', size: { width: 420, height: 640 } },
  {
    name: 'login-dark',
    site: 'the showcase',
    page: 'the page of providers',
    colors: 'dark',
    size: { width: 420, height: 640 }
  },
  { name: 'password', site: 'the login with a password', page: 'the form with an error' },
  { name: 'sign-up', site: 'the account', page: 'the form for an address' },
  { name: 'new-password', site: 'the account', page: 'the form with a weak password' },
  { name: 'consent', site: 'the authorization endpoint', page: 'the consent page' },
  { name: 'device', site: 'the authorization endpoint', page: 'the page after a wrong user code' },
  {
    name: 'dev-provider',
    site: 'the showcase',
    page: 'the people of the dev provider',
    size: { width: 560, height: 760 }
  },
  { name: 'showcase', site: 'the showcase', page: 'the home page', size: { width: 800, height: 900 } }
]

const ends: (() => unknown)[] = []
const running = { teardown: (end: () => unknown) => void ends.unshift(end) }
const folder = path.join(root, 'docs/pictures')
await mkdir(folder, { recursive: true })
const browser = await chromium.launch({ executablePath, args })
running.teardown(() => browser.close())
const origins = new Map<string, string>()
try {
  for (const picture of pictures) await take(picture)
} finally {
  for (const end of ends) await end()
}

async function take({ name, site: siteName, page: pageName, colors, size = PHONE }: Picture): Promise<void> {
  const { site, open } = pageNamed(siteName, pageName)
  const origin = origins.get(siteName) ?? (await site.start(running, null))
  origins.set(siteName, origin)
  const context = await browser.newContext({ viewport: size, colorScheme: colors ?? 'light', reducedMotion: 'reduce' })
  const page = await context.newPage()
  await open(page, origin)
  await page.screenshot({ path: path.join(folder, `${name}.png`), caret: 'hide' })
  await context.close()
  console.log(`docs/pictures/${name}.png`)
}

function pageNamed(
  siteName: string,
  pageName: string
): { site: (typeof sites)[number]; open: (page: Page, origin: string) => Promise<unknown> } {
  const site = sites.find(({ name }) => name === siteName)
  const open = site?.pages[pageName]
  if (site === undefined || open === undefined) throw new Error(`there is no page "${pageName}" of ${siteName}`)
  return { site, open }
}
