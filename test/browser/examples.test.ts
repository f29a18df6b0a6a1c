import { mkdir } from 'node:fs/promises'
import t from 'tap'
import { like } from '@latchkey/exact'
import { build as firstParty } from '../../examples/first-party/app.ts'
import { build as showcase } from '../../examples/showcase/app.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { authorizeWithPassword, openAuthorizeDialog, openBrowser, skip, tryOut } from './chromium.ts'

t.test('the Authorize button gets a token for the one ticked scope', { skip }, async (t) => {
  const origin = await freeOrigin()
  await listen(t, await showcase(origin), origin)
  const page = await openAuthorizeDialog(t, origin)
  await authorizeWithPassword(page, { username: 'alice', password: 'wonderland', scopes: ['items:read'] })

  const allowed = await tryOut(page, 'get_items')
  t.match(allowed.status, /^200/)
  t.match(allowed.shown, /a brass key/)
  const refused = await tryOut(page, 'post_items', { name: 'a lantern' })
  t.match(refused.status, /^403/)
  t.match(refused.shown, /error="insufficient_scope".*scope="items:write"/)

  await mkdir('.artifacts', { recursive: true })
  await page.screenshot({ path: '.artifacts/showcase-docs.png', fullPage: true })
})

t.test('the home page of the showcase links to the documentation', { skip }, async (t) => {
  const origin = await freeOrigin()
  await listen(t, await showcase(origin), origin)
  const page = await (await openBrowser(t)).newPage()
  await page.goto(origin)
  await mkdir('.artifacts', { recursive: true })
  await page.screenshot({ path: '.artifacts/showcase-home.png', fullPage: true })
  await page.click('a[href="/docs"]')
  await page.waitForSelector('button.btn.authorize')
  t.match(page.url(), /\/docs\//)
})

t.test(
  'the buttons of the showcase show each way in: the request, the answer and the principal',
  { skip },
  async (t) => {
    const origin = await freeOrigin()
    await listen(t, await showcase(origin), origin)
    const page = await (await openBrowser(t)).newPage()
    await page.goto(origin)
    const press = async (name: string, as: string): Promise<string[]> => {
      await page.locator('#principal').evaluate((element) => (element.textContent = ''))
      await page.locator(`button[data-as=${as}]`, { hasText: name }).first().click()
      await page.locator('#principal:not(:empty)').waitFor()
      const texts = await Promise.all(
        ['request', 'answer', 'principal'].map((id) => page.locator(`#${id}`).innerText())
      )
      return texts.map((text) => text.split('\n')[0] ?? '')
    }
    const alice = '{"subject":"alice","scopes":["items:read","items:write"]}'
    t.same(await press('Read the items', 'nobody'), ['GET /items', '401 Unauthorized', 'none'])
    t.match(await page.locator('#answer').innerText(), /www-authenticate: Bearer scope="items:read"/)
    t.same(await press('Ask for the health', 'nobody'), ['GET /health', '200 OK', 'none'])
    t.same(await press('Get a token for carol', 'nobody'), ['POST /token', '400 Bad Request', 'none'])
    t.same(await press('Get a token for alice', 'nobody'), ['POST /token', '200 OK', 'none'])
    t.same(await press('Read the items', 'token'), ['GET /items', '200 OK', alice])
    t.match(await page.locator('#request').innerText(), /Authorization: Bearer ey[^.]+…$/m)
    t.same(await press('Add an item', 'token'), ['POST /items', '201 Created', alice])
    t.same(await press('Open the engine room', 'token'), ['GET /admin', '403 Forbidden', alice])
    t.same(await press('Read the items', 'session'), ['GET /items', '401 Unauthorized', 'none'])

    await page.click('a[href="/login?returnTo=/"]')
    await page.fill('[name=username]', 'alice')
    await page.fill('[name=password]', 'wonderland')
    await Promise.all([page.waitForURL(`${origin}/`), page.click('button.main')])
    t.same(await press('Read the items', 'session'), ['GET /items', '200 OK', alice])
    t.same(await press('Add an item', 'session'), ['POST /items', '201 Created', alice])
  }
)

t.test('the login form of first-party sends the ticked scopes as one parameter', { skip }, async (t) => {
  const origin = await freeOrigin()
  await listen(t, await firstParty(origin), origin)
  const page = await (await openBrowser(t)).newPage()
  await page.goto(`${origin}/login`)
  await page.fill('[name=username]', 'ann')
  await page.fill('[name=password]', 'anns-password')
  await page.check('[data-scope="some.scope"]')
  await page.check('[data-scope="third.scope"]')
  const [answer] = await Promise.all([page.waitForResponse(`${origin}/token`), page.click('button')])
  t.equal(answer.status(), 200)
  const token: unknown = JSON.parse(await page.innerText('body'))
  like(t, token, { token_type: 'Bearer', access_token: /^ey/ })
  t.equal(answer.request().postDataJSON().scope, 'some.scope third.scope')
})

t.test('the code login of first-party gets the ticked scopes that the user may have', { skip }, async (t) => {
  const origin = await freeOrigin()
  await listen(t, await firstParty(origin), origin)
  const context = await openBrowser(t)
  context.on('console', (message) => {
    if (message.type() === 'error') t.fail(message.text())
  })
  const page = await context.newPage()
  await page.goto(`${origin}/code-login`)
  await page.check('[data-scope="some.scope"]')
  await page.check('[data-scope="third.scope"]')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByLabel('User name').fill('ben')
  await page.getByLabel('Password').fill('bens-password')
  t.equal(new URL(page.url()).pathname, '/sign-in')
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
  // On loopback, any program could be the client: the user is asked.
  await page.getByRole('button', { name: 'Allow', exact: true }).click()
  const answer = page.locator('#answer')
  await answer.waitFor()
  like(t, JSON.parse(await answer.innerText()), { token_type: 'bearer', access_token: /^ey/, scope: 'some.scope' })
  t.equal(page.url(), `${origin}/code-login`, 'the code is not in the address bar')
})
