import { rejectsLike } from '@latchkey/exact'
import pages, {
  english,
  german,
  html,
  loginPage,
  type PagesOptions,
  sendPage,
  type Texts,
  textsFor
} from '@latchkey/pages'
import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'

const DOT = 'data:image/png;base64,iVBORw0KGgo='

/** A server with one page, and the plugin before it, after it, and in a context of its own. */
async function server(options: PagesOptions, at: 'before' | 'after' | 'inside' = 'before'): Promise<FastifyInstance> {
  const app = Fastify()
  if (at === 'before') await app.register(pages, options)
  await app.register(async (child) => {
    child.get('/page', async (request, reply) =>
      sendPage(reply, { title: textsFor(request).login.title, body: html`<p>Hi</p>` })
    )
  })
  if (at === 'after') await app.register(pages, options)
  if (at === 'inside')
    await app.register(async (child) => child.register(pages, options).then(() => {}), { prefix: '/x' })
  return app
}

for (const at of ['before', 'after', 'inside'] as const) {
  t.test(`the look counts for the pages of all contexts, with the plugin ${at}`, async (t) => {
    const app = await server({ name: 'Acme & Co', logo: '/logo.svg', texts: german }, at)
    const { body, headers, statusCode } = await app.inject('/page')
    t.equal(statusCode, 200)
    t.ok(body.includes('<html lang="de">'))
    t.ok(body.includes('<title>Anmelden · Acme &#38; Co</title>'))
    t.ok(body.includes('<header><img src="/logo.svg" alt=""><span>Acme &#38; Co</span></header>'))
    t.equal(headers['content-language'], 'de')
    t.equal(headers.vary, undefined)
  })
}

t.test('another server of the process keeps the built-in look', async (t) => {
  await server({ name: 'Acme' })
  const app = Fastify()
  app.get('/page', async (_request, reply) => sendPage(reply, { title: 'A', body: html`` }))
  const { body, headers } = await app.inject('/page')
  t.ok(body.includes('<title>A</title>'))
  t.notOk(body.includes('<header>'))
  t.equal(headers['content-language'], 'en')
})

for (const [accepted, language] of [
  ['de-AT,de;q=0.9,en;q=0.8', 'de'],
  ['en-GB', 'en'],
  ['fr, en;q=0.5', 'en'],
  ['fr', 'en'],
  ['de;q=0, *', 'en'],
  ['', 'en'],
  [undefined, 'en'],
  ['x'.repeat(4000), 'en']
] as const) {
  t.test(`Accept-Language ${accepted?.slice(0, 30)} gets ${language} (RFC 9110 §12.5.4)`, async (t) => {
    const app = await server({ texts: [english, german] })
    const { body, headers } = await app.inject({
      url: '/page',
      headers: accepted === undefined ? {} : { 'accept-language': accepted }
    })
    t.equal(headers['content-language'], language)
    t.equal(headers.vary, 'Accept-Language')
    t.ok(body.includes(`<html lang="${language}">`))
    t.ok(body.includes(`<h1>${language === 'de' ? 'Anmelden' : 'Log in'}</h1>`))
  })
}

t.test('keeps a Vary that the reply has already', async (t) => {
  const app = Fastify()
  await app.register(pages, { texts: [german, english] })
  app.get('/', async (_request, reply) => sendPage(reply.header('vary', 'Accept'), { title: 'A', body: html`` }))
  t.equal((await app.inject('/')).headers.vary, 'Accept, Accept-Language')
})

t.test('a name needs no logo', async (t) => {
  const { body, headers } = await (await server({ name: 'Acme' })).inject('/page')
  t.ok(body.includes('<header><span>Acme</span></header>'))
  t.notMatch(headers['content-security-policy'], /img-src/)
})

t.test('writes from right to left', async (t) => {
  const app = await server({ texts: { ...english, language: 'he', direction: 'rtl' } })
  t.ok((await app.inject('/page')).body.includes('<html lang="he" dir="rtl">'))
})

for (const [logo, source] of [
  ['/brand/logo.svg?v=2', "'self'"],
  ['https://cdn.example.com/a/logo.png?v=2', 'https://cdn.example.com/a/logo.png'],
  [DOT, 'data:']
] as const) {
  t.test(`the policy allows the logo from ${source} alone`, async (t) => {
    const app = await server({ name: 'Acme', logo })
    const { headers } = await app.inject('/page')
    t.equal(String(headers['content-security-policy']).split('; ')[2], `img-src ${source}`)
  })
}

t.test('chooses texts and lines that can be read on every colour (WCAG 2.2 §1.4.3, §1.4.11)', async (t) => {
  const steps = ['00', '33', '66', '80', '99', 'cc', 'ff']
  const colors = steps.flatMap((red) =>
    steps.flatMap((green) => ['00', '80', 'ff'].map((blue) => `#${red}${green}${blue}`))
  )
  for (const [at, background] of colors.entries()) {
    const main = colors[(at * 37) % colors.length]
    const app = await server({ colors: { main, background, dark: { main: background, background: main } } })
    const style = /<style>(.*)<\/style>/.exec((await app.inject('/page')).body)?.[1] ?? ''
    for (const root of style.match(/--text:[^}]*/g) ?? []) {
      const of = Object.fromEntries(root.split(';').map((pair) => pair.slice(2).split(':'))) as Record<string, string>
      const readable = ['text', 'quiet', 'link', 'fault'].map((name) => [of[name], of['background']])
      const pairs = [...readable, [of['text'], of['button']], [of['text'], of['button-hover']]]
      pairs.push([of['on-main'], of['main']], [of['on-main'], of['main-hover']])
      for (const [one, other] of pairs) if (!(contrast(one, other) >= 4.5)) t.fail(`${one} on ${other}: ${root}`)
      for (const name of ['line', 'focus', 'main-line']) {
        if (!(contrast(of[name], of['background']) >= 3)) t.fail(`${name}: ${root}`)
      }
    }
  }
  t.pass('all colours')
})

t.test('without dark, the colours count in dark mode too', async (t) => {
  const app = await server({ colors: { main: '#f60', background: '#fffbf0' } })
  const { body } = await app.inject('/page')
  t.equal(body.split('--background:#fffbf0').length, 3)
  t.equal(body.split('--main:#f60;').length, 3)
  t.equal((await (await server({})).inject('/page')).body.split('--background:#161616').length, 2)
})

const { title: _title, ...incomplete } = english.login
for (const [name, options, message] of [
  ['a named colour', { colors: { main: 'red' } }, "colors.main must be a colour such as '#0b57d0'; got a string"],
  [
    'a colour with transparency',
    { colors: { dark: { background: '#ffffff80' } } },
    "colors.dark.background must be a colour such as '#0b57d0'; got a string"
  ],
  [
    'a logo without a name',
    { logo: '/logo.svg' },
    'name is required with logo: it is the text for users who do not see the logo'
  ],
  ['a name with two lines', { name: 'a\nb' }, 'name must be one line of 1 to 60 characters; got a string'],
  [
    'a logo over http',
    { name: 'A', logo: 'http://example.com/a.png' },
    "logo must be a path such as '/logo.svg', an https URL, or a data: URL of an image of up to 64 KiB; got a string"
  ],
  [
    'a logo that ends the policy',
    { name: 'A', logo: 'https://example.com/a;script-src *' },
    "logo must be a path such as '/logo.svg', an https URL, or a data: URL of an image of up to 64 KiB; got a string"
  ],
  [
    'a logo of another host',
    { name: 'A', logo: '//example.com/a.png' },
    "logo must be a path such as '/logo.svg', an https URL, or a data: URL of an image of up to 64 KiB; got a string"
  ],
  [
    'a large logo',
    { name: 'A', logo: DOT + 'A'.repeat(64 * 1024) },
    "logo must be a path such as '/logo.svg', an https URL, or a data: URL of an image of up to 64 KiB; got a string"
  ],
  ['no dictionary', { texts: [] }, 'texts must be a dictionary, or a list of at least one; got an empty list'],
  [
    'a missing text',
    { texts: [english, { ...german, login: incomplete }] },
    'texts[1].login.title must be a non-empty string; got undefined'
  ],
  [
    'a text in place of a function',
    { texts: { ...german, login: { ...german.login, logInWith: 'Anmelden' } } },
    'texts.login.logInWith must be a function; got a string'
  ],
  [
    'no language',
    { texts: { ...german, language: 'DE' } },
    "texts.language must be a language tag such as 'de' or 'pt-BR'; got a string"
  ],
  [
    'a language twice',
    { texts: [german, { ...english, language: 'de' }] },
    'texts[1].language must differ from the languages before it'
  ]
] as const) {
  t.test(`refuses ${name}`, async (t) => {
    // Cast: some of them are wrong for the compiler too.
    await rejectsLike(
      t,
      Fastify()
        .register(pages, options as unknown as PagesOptions)
        .then(),
      {
        name: 'RegistrationError',
        message: `@latchkey/pages: ${message}`
      }
    )
  })
}

t.test('refuses a second registration on one server', async (t) => {
  const app = await server({})
  await rejectsLike(t, app.register(async (child) => child.register(pages).then(() => {})).then(), {
    name: 'RegistrationError',
    message: '@latchkey/pages: the plugin is registered twice. Fix: register it once; it is for the whole server'
  })
})

t.test('an application renders the page where users log in, from the data of all parts', async (t) => {
  const app = Fastify()
  const { page } = loginPage(app, '/login')
  const seen: unknown[] = []
  const provider = { name: 'card', displayName: 'Card', url: '/card', text: 'Card', mark: null }
  page.add({
    order: 1,
    hasForm: false,
    render: () => ({ ...html`<a>card</a>`, providers: [provider] }),
    renderPage: () => null
  })
  const form = { action: '/go', hidden: {}, fields: [], button: 'Go', error: null, remember: null, links: [] }
  page.add({
    order: 2,
    hasForm: true,
    render: (_asked, { login }: Texts) => ({ ...html`<i>${login.title}</i>`, form }),
    renderPage(given, { texts, request }) {
      seen.push(given, texts.language, request.url)
      return { title: 'Mine', body: html`<section>${given.parts}</section>` }
    }
  })
  app.get('/login', async (request, reply) => page.show(request, reply))
  const { body } = await app.inject('/login')
  t.ok(body.includes('<h1>Mine</h1>\n<section><a>card</a>\n<i>Log in</i></section>'))
  const parts = [{ markup: '<a>card</a>' }, { markup: '<i>Log in</i>' }]
  t.same(seen, [{ kind: 'log-in', form, providers: [provider], parts }, 'en', '/login'])
})

/** @see [WCAG 2.2, relative luminance](https://www.w3.org/TR/WCAG22/#dfn-relative-luminance) */
function contrast(one = '', other = ''): number {
  const luminance = (color: string): number => {
    const long = color.length === 4 ? color.replaceAll(/[\da-f]/g, '$&$&') : color
    const [red = 0, green = 0, blue = 0] = (long.match(/[\da-f]{2}/g) ?? []).map((digits) => {
      const part = Number.parseInt(digits, 16) / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const [a, b] = [luminance(one) + 0.05, luminance(other) + 0.05]
  return Math.max(a, b) / Math.min(a, b)
}
