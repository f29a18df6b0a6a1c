import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { contains, like } from '@latchkey/exact'
import { clientId } from '../../examples/single-page-app/app.ts'
import { buildPageServer } from '../../examples/single-page-app/page-server.ts'
import { singlePageApi } from '../browser/single-page-api.ts'
import { listen } from '../loopback.ts'
import { visitor } from '../visitor.ts'
import { codeLogin } from './code-login.ts'

async function start(t: Test): Promise<{ origin: string; pageOrigin: string }> {
  const { origin, pageOrigin } = await singlePageApi(t)
  await listen(t, await buildPageServer(origin, clientId), pageOrigin)
  return { origin, pageOrigin }
}

t.test('the page has a policy without inline scripts, and calls the API alone', async (t) => {
  const { origin, pageOrigin } = await start(t)
  const page = await fetch(pageOrigin)
  t.equal(page.status, 200)
  const policy = page.headers.get('content-security-policy')?.split('; ') ?? []
  t.same(
    policy.filter((directive) => !directive.startsWith('style-src')),
    [
      "default-src 'none'",
      "script-src 'self'",
      `connect-src ${origin}`,
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'"
    ]
  )
  t.same((await page.text()).match(/<script[^>]*>/g), ['<script type="module" src="/app.js">'])
  const library = await fetch(`${pageOrigin}/oauth4webapi.js`)
  t.equal(library.headers.get('content-type'), 'text/javascript; charset=utf-8')
  t.equal(await library.text(), await readFile(fileURLToPath(import.meta.resolve('oauth4webapi')), 'utf8'))
})

t.test('a user logs in, allows the page, and the page reads the items from its origin', async (t) => {
  const { origin, pageOrigin } = await start(t)
  const steps = codeLogin({ origin, clientId, redirectUri: `${pageOrigin}/`, scope: 'items:read' })
  const ada = visitor()
  const asked = await ada.logIn(steps.url, 'ada')
  t.equal(asked.status, 200)
  contains(t, asked.text, 'You are logged in as Ada Lovelace.')
  const back = await steps.allow(ada, asked)
  const { searchParams: answer, origin: reached } = back
  t.same([reached, answer.get('state'), answer.get('iss')], [pageOrigin, 'xyz', origin])

  const exchanged = await steps.exchange(back)
  t.equal(exchanged.headers.get('access-control-allow-origin'), '*')
  const token = (await exchanged.json()) as { access_token: string }
  like(t, token, { token_type: 'Bearer', scope: 'items:read', refresh_token: undefined })

  const items = await fetch(`${origin}/items`, {
    headers: { origin: pageOrigin, authorization: `Bearer ${token.access_token}` }
  })
  t.equal(items.headers.get('access-control-allow-origin'), pageOrigin)
  t.same(await items.json(), [{ name: 'a brass key' }, { name: 'a lantern' }])
})

t.test('the API lets only the origin of the page read the items', async (t) => {
  const { origin, pageOrigin } = await start(t)
  for (const [asking, allowed] of [
    [pageOrigin, pageOrigin],
    ['https://evil.example', null]
  ] as const) {
    const asked = { origin: asking, 'access-control-request-method': 'GET' }
    const preflight = await fetch(`${origin}/items`, { method: 'OPTIONS', headers: asked })
    t.equal(preflight.headers.get('access-control-allow-origin'), allowed)
    const refused = await fetch(`${origin}/items`, { headers: { origin: asking } })
    t.equal(refused.status, 401)
    t.equal(refused.headers.get('access-control-allow-origin'), allowed)
  }
})
