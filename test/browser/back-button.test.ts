import { generateSigningKey } from '@latchkey/token-endpoint'
import { memoryStore } from '@latchkey/store/memory'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { authorizationUrl } from '../authorization/client.ts'
import { buildServer } from '../authorization/server.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { openBrowser, skip } from './chromium.ts'

const ANSWERED = [
  'This does not work',
  'This request was answered before, or has expired.',
  'Go back to the app and start again.'
]

/** Opens the consent page for a user who is logged in. */
async function consentPage(t: Test): Promise<{ readonly page: Page; readonly origin: string }> {
  const origin = await freeOrigin()
  await listen(t, await buildServer(memoryStore(), await generateSigningKey(), { issuer: origin }), origin)
  const page = await (await openBrowser(t)).newPage()
  await page.goto(`${origin}/login`)
  await page.evaluate(
    "fetch('/login', { method: 'POST', body: new URLSearchParams({ user: 'ann' }), redirect: 'manual' }).then(() => null)"
  )
  await page.goto(authorizationUrl(origin))
  await page.getByRole('button', { name: 'Allow', exact: true }).waitFor()
  return { page, origin }
}

async function textOf(page: Page): Promise<readonly string[]> {
  return (await page.innerText('main')).split(/\n+/)
}

for (const decision of ['Allow', 'Do not allow']) {
  t.test(`the back button after "${decision}" leads to a page that says what to do`, { skip }, async (t) => {
    const { page, origin } = await consentPage(t)
    await page.getByRole('button', { name: decision, exact: true }).click()
    await page.waitForURL(`${origin}/callback?*`)
    await page.goBack()
    t.same(await textOf(page), ANSWERED)
    await page.reload()
    t.same(await textOf(page), ANSWERED)
  })
}

t.test('a consent form that is sent twice counts once', { skip }, async (t) => {
  const { page, origin } = await consentPage(t)
  const other = await page.context().newPage()
  await other.goto(page.url())
  await page.getByRole('button', { name: 'Allow', exact: true }).click()
  await page.waitForURL(`${origin}/callback?*`)
  await other.getByRole('button', { name: 'Allow', exact: true }).click()
  await other.getByText('answered before').waitFor()
  t.same(await textOf(other), ANSWERED)
})
