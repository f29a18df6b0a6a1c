// Runs in a process of its own: it starts the programs of its pages, one after another, and takes its time.
import { like } from '@latchkey/exact'
import t from 'tap'
import { codeLogin } from '../examples/code-login.ts'
import { type Visitor, visitor } from '../visitor.ts'
import { reader } from './follow.ts'
import { blocksOf } from './page.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(600_000)

const PAGE = 'docs/tutorial.md'

const shown = (section: string): string => blocksOf(PAGE).find((block) => block.section === section)?.code ?? ''

/** A request of a script of a page of the server, such as Swagger UI. */
async function postFromPage(user: Visitor, url: string): Promise<Response> {
  const cookie = [...(await user.cookies(url))].map((pair) => pair.join('=')).join('; ')
  return fetch(url, { method: 'POST', headers: { cookie, 'sec-fetch-site': 'same-origin' } })
}

t.test('the tutorial leads from an empty folder to a login, scopes, a Swagger UI and a test', async (t) => {
  const page = await reader(t, PAGE)
  await page.section('1. A folder')
  await page.section('2. Two routes with rules')
  await page.section('3. A route without a rule')
  await page.section('4. Log in')
  const origin = page.here('http://localhost:3000')

  const ada = visitor()
  like(t, await ada.logIn(`${origin}/me`, 'ada'), {
    status: 200,
    url: `${origin}/me`,
    text: '["items:read","items:write"]'
  })
  const grace = visitor()
  like(t, await grace.logIn(`${origin}/me`, 'grace'), { status: 200, url: `${origin}/me`, text: '["items:read"]' })

  await page.section('5. Try the scopes in Swagger UI')
  t.equal((await grace.get(`${origin}/docs/`)).status, 200)
  t.equal((await grace.get(`${origin}/items`)).status, 200)
  const refused = await postFromPage(grace, `${origin}/items`)
  t.equal(refused.status, 403)
  t.same(await refused.json(), JSON.parse(shown('5. Try the scopes in Swagger UI')))
  const added = await postFromPage(ada, `${origin}/items`)
  t.equal(added.status, 201)
  t.same(await added.json(), ['a brass key', 'a lantern'])

  await page.section('6. Tokens for other programs')
  const redirectUri = `${origin}/docs/static/oauth2-redirect.html`
  const authorize = codeLogin({ origin, clientId: 'docs', redirectUri, scope: 'items:read' })
  const user = visitor()
  const consent = await user.logIn(authorize.url, 'ada')
  t.match(consent.text, /Documentation/)
  const answer = await authorize.exchange(await authorize.allow(user, consent))
  const { access_token: token, scope } = (await answer.json()) as { access_token: string; scope: string }
  t.equal(scope, 'items:read')
  const headers = { authorization: `Bearer ${token}` }
  t.equal((await fetch(`${origin}/items`, { headers })).status, 200)
  t.equal((await fetch(`${origin}/items`, { method: 'POST', headers })).status, 403)

  await page.rest()
})
