import { generateSigningKey } from '@latchkey/token-endpoint'
import { memoryStore } from '@latchkey/store/memory'
import t from 'tap'
import { faultyUrl, READER_CALLBACK } from '../authorization/client.ts'
import { buildServer } from '../authorization/server.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { openBrowser, skip } from './chromium.ts'

t.test(
  'a user goes back to a website with its error, by a link and by a form (RFC 9700 §4.11.2)',
  { skip },
  async (t) => {
    const origin = await freeOrigin()
    const settings = { issuer: origin, endpoint: { registration: true } }
    await listen(t, await buildServer(memoryStore(), await generateSigningKey(), settings), origin)
    const page = await (await openBrowser(t)).newPage()
    await page.goto(`${origin}/login`)
    await page.evaluate(
      "fetch('/login', { method: 'POST', body: new URLSearchParams({ user: 'ann' }), redirect: 'manual' }).then(() => null)"
    )
    await page.route(`${READER_CALLBACK}*`, async (route) => route.fulfill({ body: 'the website' }))

    await page.goto(await faultyUrl(origin))
    t.equal(new URL(page.url()).origin, origin, 'the browser is not redirected')
    t.same((await page.innerText('main')).split(/\n+/), [
      'This does not work',
      'The app did not get what it asked for. None of the requested scopes can be granted.',
      'The app is at reader.example.com. Go back only if you came from there.',
      'Back to the app'
    ])
    await page.getByRole('link', { name: 'Back to the app' }).click()
    await page.waitForURL(`${READER_CALLBACK}?*`)
    const { searchParams } = new URL(page.url())
    t.same([searchParams.get('error'), searchParams.get('iss')], ['invalid_scope', origin])

    await page.goto(await faultyUrl(origin, { response_mode: 'form_post' }))
    const [request] = await Promise.all([
      page.waitForRequest(READER_CALLBACK),
      page.getByRole('button', { name: 'Back to the app' }).click()
    ])
    t.equal(new URLSearchParams(request.postData() ?? '').get('error'), 'invalid_scope')
  }
)
