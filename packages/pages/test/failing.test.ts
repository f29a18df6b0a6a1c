import { like, rejectsLike } from '@latchkey/exact'
import pages, {
  english,
  german,
  html,
  type PageContent,
  renderedBy,
  sendPage,
  type Texts,
  textsFor
} from '@latchkey/pages'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'

interface Line {
  readonly level: number
  readonly msg: string
}

/** A server with a page that `render` may replace, and the lines of its log. */
async function server(t: Test, render: () => unknown, texts: Texts = english): Promise<[FastifyInstance, Line[]]> {
  const lines: Line[] = []
  const stream = { write: (line: string) => void lines.push(JSON.parse(line) as Line) }
  const app = Fastify({ logger: { level: 'warn', stream } })
  t.teardown(() => app.close())
  await app.register(pages, { texts: [texts, german] })
  app.get('/', async (request, reply) => {
    const chosen = textsFor(request)
    t.equal(textsFor(request), chosen, 'chosen once')
    const own = renderedBy(render as () => PageContent | null, { kind: 'page' }, { texts: chosen, request })
    const { logInWith, title } = chosen.login
    const builtIn = { title, body: html`<p>${logInWith({ name: 'Acme', brand: null })}</p>` }
    return sendPage(reply, own ?? builtIn)
  })
  return [app, lines]
}

for (const [name, render] of Object.entries<() => unknown>({
  'that throws': () => {
    throw new Error('canary')
  },
  'that is async': async () => ({ title: 'Mine', body: html`mine` }),
  'that rejects': async () => Promise.reject(new Error('canary')),
  'that returns a text': () => 'Mine',
  'that returns a body of text': () => ({ title: 'Mine', body: 'mine' }),
  'that returns no title': () => ({ body: html`mine` })
})) {
  t.test(`sends the built-in page and logs an error for a render() ${name}`, async (t) => {
    const [app, lines] = await server(t, render)
    const { statusCode, body } = await app.inject('/')
    t.equal(statusCode, 200)
    t.ok(body.includes('<p>Log in with Acme</p>'))
    t.notOk(body.includes('canary'))
    like(t, lines, [{ level: 50, msg: 'The option render failed, and the built-in page is sent' }])
  })
}

t.test('sends the built-in page without a word when render() returns null', async (t) => {
  const [app, lines] = await server(t, () => null)
  t.ok((await app.inject('/')).body.includes('<p>Log in with Acme</p>'))
  t.same(lines, [])
})

for (const [name, logInWith] of Object.entries<() => unknown>({
  throws: () => {
    throw new Error('canary')
  },
  'returns a number': () => 7,
  'returns nothing': () => undefined
})) {
  t.test(`replaces a text that ${name} by the English one`, async (t) => {
    const own = { ...english, login: { ...english.login, title: 'Mine', logInWith: logInWith as () => string } }
    const [app] = await server(t, () => null, own)
    const { statusCode, body } = await app.inject('/')
    t.equal(statusCode, 200)
    t.ok(body.includes('<h1>Mine</h1>\n<p>Log in with Acme</p>'))
  })
}

t.test('replaces a text by the English Markup if it returns none, and keeps the others', async (t) => {
  const { authorization } = english
  const consent = { ...authorization.consent, wantsToAct: (() => 'text') as never }
  const [app] = await server(t, () => null, { ...english, authorization: { ...authorization, consent } })
  app.get('/consent', async (request) => {
    const { wantsToAct, compare, title } = textsFor(request).authorization.consent
    return [wantsToAct({ app: html`A`, place: html`B` }), compare({ code: html`C` }), title({ app: 'A' })]
  })
  const { wantsToAct, compare, title } = authorization.consent
  t.same((await app.inject('/consent')).json(), [
    wantsToAct({ app: html`A`, place: html`B` }),
    compare({ code: html`C` }),
    title({ app: 'A' })
  ])
})

t.test('ignores an Accept-Language of more than 1024 characters', async (t) => {
  const [app] = await server(t, () => null)
  for (const [accepted, language] of [
    ['de', 'de'],
    [`de${',a'.repeat(511)}`, 'de'],
    [`de${',a'.repeat(512)}`, 'en']
  ] as const) {
    const { headers } = await app.inject({ url: '/', headers: { 'accept-language': accepted } })
    t.equal(headers['content-language'], language)
  }
})

for (const logo of ['https://*.example.com/x.svg', 'https://a;sandbox/x.svg', 'https://[::1]/x.svg']) {
  t.test(`refuses the logo ${logo}, which no policy can name`, async (t) => {
    const app = Fastify()
    await rejectsLike(t, app.register(pages, { name: 'Acme', logo }).then(), { message: /logo must be/ })
  })
}
