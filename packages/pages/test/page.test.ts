import { createHash } from 'node:crypto'
import { html, PAGE_HEADERS, type Page, sendPage, wantsPage } from '@latchkey/pages'
import Fastify, { type LightMyRequestResponse } from 'fastify'
import t from 'tap'

async function shown(page: Page): Promise<LightMyRequestResponse> {
  const app = Fastify()
  app.get('/', (request, reply) => (wantsPage(request) ? sendPage(reply, page) : reply.send({})))
  return app.inject({ url: '/', headers: { accept: 'text/html' } })
}

t.test('sends a page under a policy that allows its style sheet alone', async (t) => {
  const { statusCode, headers, body } = await shown({ title: 'A & B', body: html`<p>${'<b>"\''}</p>` })
  t.equal(statusCode, 200)
  t.equal(headers['content-type'], 'text/html; charset=utf-8')
  for (const [name, value] of Object.entries(PAGE_HEADERS)) t.equal(headers[name], value)
  const style = /<style>(.*)<\/style>/.exec(body)?.[1] ?? ''
  const hash = createHash('sha256').update(style).digest('base64')
  t.equal(
    headers['content-security-policy'],
    `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'`
  )
  t.ok(body.includes('<title>A &#38; B</title>'))
  t.ok(body.includes('<p>&#60;b&#62;&#34;&#39;</p>'))
  t.notOk(body.includes('<script>'))
})

t.test('does not take a popup from the client that opened it (SEC-138)', async (t) => {
  const { headers } = await shown({ title: 'Log in', body: html`` })
  t.equal(headers['cross-origin-opener-policy'], 'unsafe-none')
})

for (const [formTargets, policy] of [
  [["'self'", 'https://app.example.com'], "form-action 'self' https://app.example.com"],
  ['any', "frame-ancestors 'none'"]
] as const) {
  t.test(`allows forms to be sent to ${String(formTargets)}`, async (t) => {
    const { headers } = await shown({ title: 'Form', body: html`<form></form>`, formTargets })
    t.equal(String(headers['content-security-policy']).split('; ').at(-1), policy)
    t.equal(headers['referrer-policy'], 'same-origin', 'with no-referrer the origin of the form would be null')
  })
}

t.test('keeps a secret in the URL of a page with a form out of the Referer header', async (t) => {
  const page = { title: 'Form', body: html`<form></form>`, formTargets: 'any', hasSecretUrl: true } as const
  const { headers } = await shown(page)
  t.equal(headers['referrer-policy'], 'strict-origin', 'the origin alone is sent')
})

t.test('allows the script of a page by its hash, and no other', async (t) => {
  const { headers, body } = await shown({ title: 'Script', body: html``, head: html`<meta name="a">`, script: 'go()' })
  t.ok(body.includes('<script>go()</script>'))
  t.ok(body.includes('<meta name="a">'))
  const hash = createHash('sha256').update('go()').digest('base64')
  t.equal(String(headers['content-security-policy']).split('; ')[2], `script-src 'sha256-${hash}'`)
})

t.test('joins lists of markup, and knows who accepts HTML', async (t) => {
  const items = ['a', '<b>'].map((name) => html`<li>${name}</li>`)
  t.equal(html`<ul>${items}</ul>${''}`.markup, '<ul><li>a</li>\n<li>&#60;b&#62;</li></ul>')
  const app = Fastify()
  app.get('/', async (request) => ({ wants: wantsPage(request) }))
  for (const [accept, wants] of [
    ['text/html,application/xhtml+xml', true],
    ['application/json', false],
    [undefined, false]
  ] as const) {
    const answer = await app.inject({ url: '/', headers: accept === undefined ? {} : { accept } })
    t.same(answer.json(), { wants })
  }
})
