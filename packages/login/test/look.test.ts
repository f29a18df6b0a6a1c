import t from 'tap'
import { contains, like, rejectsLike } from '@latchkey/exact'
import { discord, github, gitlab, google, type LoginOptions, microsoft, oidc, type Provider } from '@latchkey/login'
import pages, { german, html } from '@latchkey/pages'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { house, server } from './fixtures/server.ts'

const client = { clientId: 'a', clientSecret: 'b' }

for (const [provider, brand, text] of [
  [discord(client), 'discord', 'Log in with Discord'],
  [google(client), 'google', 'Sign in with Google'],
  [github(client), 'github', 'Log in with GitHub'],
  [microsoft({ ...client, tenant: 'common' }), 'microsoft', 'Sign in with Microsoft'],
  [gitlab(client), null, 'Log in with GitLab']
] as const) {
  t.test(`the button of ${provider.displayName} has its mark, its colours and its words`, async (t) => {
    const { browser } = await server(t, { providers: [provider, house(await fakeProvider(t))] })
    const { body, headers } = await browser().get('/login')
    const { svg } = provider.mark ?? { svg: '' }
    t.match(svg, /^<svg viewBox="0 0 24 24" [^>]*>.*<\/svg>$/)
    const button = `button${brand === null ? '' : ` ${brand}`}`
    contains(
      t,
      body,
      `<a class="${button}" href="/login/${provider.name}"><span class="mark" aria-hidden="true">${svg}</span>${text}</a>`
    )
    t.notMatch(body, / style=/)
    t.notMatch(headers['content-security-policy'], /unsafe|img-src/)
  })
}

t.test('a provider of the application has the mark that it gives', async (t) => {
  const { issuer } = await fakeProvider(t)
  const svg = '<svg viewBox="0 0 1 1"><path fill="currentColor" d="M0 0h1v1z"/></svg>'
  const acme = oidc({ ...client, name: 'acme', issuer, mark: { svg } })
  const plain = oidc({ ...client, name: 'plain', issuer })
  const mine = discord({ ...client, mark: { svg, brand: 'apple' } })
  const { browser } = await server(t, { providers: [acme, plain, mine] })
  const { body } = await browser().get('/login')
  contains(
    t,
    body,
    `<a class="button" href="/login/acme"><span class="mark" aria-hidden="true">${svg}</span>Log in with acme</a>`
  )
  contains(t, body, '<a class="button" href="/login/plain">Log in with plain</a>')
  contains(t, body, '<a class="button apple" href="/login/discord">')
})

t.test('a mark can have gradients, and parts with titles', async (t) => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>Acme</title><defs><linearGradient id="a" x1="0">\n' +
    '<stop offset="1" stop-color="#fff"/></linearGradient></defs><g fill="url(#a)"><path d="M0 0h1v1z"/></g></svg>'
  const { browser } = await server(t, { providers: [discord({ ...client, mark: { svg } }), google(client)] })
  const { statusCode, body } = await browser().get('/login')
  t.equal(statusCode, 200)
  contains(t, body, svg)
})

for (const svg of [
  '<img src="x">',
  '<svg viewBox="0 0 1 1"><script>go()</script></svg>',
  '<svg viewBox="0 0 1 1" onload="go()"></svg>',
  '<svg viewBox="0 0 1 1"><a href="/x"></a></svg>',
  '<svg viewBox="0 0 1 1"><path style="fill:red"/></svg>',
  '<svg viewBox="0 0 1 1"></svg><b></b><svg></svg>',
  '<svg viewBox="0 0 1 1"></svg> <svg></svg>',
  '<svg viewBox="0 0 1 1"><style>*{fill:red}</style></svg>',
  '<svg viewBox="0 0 1 1"><use href="#a"/></svg>',
  '<svg viewBox="0 0 1 1"><image xlink:href="x"/></svg>',
  '<svg viewBox="0 0 1 1"><foreignObject></foreignObject></svg>',
  '<svg viewBox="0 0 1 1"><animate attributeName="href" values="x"/></svg>',
  '<svg viewBox="0 0 1 1"><path class="fault"/></svg>',
  '<svg viewBox="0 0 1 1"><path fill="url(https://a.example/#b)"/></svg>',
  '<svg viewBox="0 0 1 1"><path fill="u\\72l(x)"/></svg>',
  "<svg viewBox='0 0 1 1'></svg>",
  '<svg viewBox="0 0 1 1"><g></svg>',
  '<svg viewBox="0 0 1 1"></g></svg>',
  '<svg viewBox="0 0 1 1"><g></g fill="red"></svg>',
  '<svg viewBox="0 0 1 1"><!-- a --></svg>',
  '<svg viewBox="0 0 1 1"><title>&lt;</title></svg>',
  '<svg/></svg>'
]) {
  t.test(`refuses the mark ${svg}`, async (t) => {
    await rejectsLike(t, server(t, { providers: [discord({ ...client, mark: { svg } })] }), {
      message:
        "@latchkey/login: providers[0].mark.svg must be an inline SVG from '<svg' to '</svg>' with shapes and gradients alone, and attributes in double quotes; got a string"
    })
  })
}

t.test('all pages are in German with German texts', async (t) => {
  const [one, other] = [await fakeProvider(t), await fakeProvider(t)]
  const providers = [{ ...house(one, 'one'), displayName: 'Eins' }, house(other, 'other')]
  const prepare = (app: { register: (plugin: typeof pages, options: object) => unknown }): void =>
    void app.register(pages, { name: 'Acme', texts: german })
  const { browser, app } = await server(t, { providers }, { prepare })
  for (const [url, words] of [
    ['/login', 'Mit Eins anmelden</a>'],
    ['/logout', '<button class="button">Abmelden</button>'],
    ['/login/nobody', '<h1>Einen Anmeldedienst mit diesem Namen gibt es hier nicht.</h1>'],
    ['/login/one/callback', '<h1>Diese Anmeldung ist abgelaufen']
  ] as const) {
    const { body, headers } = await browser().get(url)
    contains(t, body, words)
    contains(t, body, '<html lang="de">')
    like(t, headers, { 'content-language': 'de' })
  }
  const json = await app.inject('/login/nobody')
  t.same(json.json(), { error: 'unknown_provider', error_description: 'There is no login provider of this name here.' })
})

t.test('an application renders the pages from data, or leaves them as they are', async (t) => {
  const seen: unknown[] = []
  const render: LoginOptions['render'] = (page, { texts }) => {
    seen.push(
      page.kind === 'log-in'
        ? [page.kind, page.providers.map(({ name, displayName, url, text }) => ({ name, displayName, url, text }))]
        : page
    )
    if (page.kind === 'logged-in') return null
    return { title: page.kind, body: html`<p>${texts.language}</p>` }
  }
  const [one, other] = [await fakeProvider(t), await fakeProvider(t)]
  const providers: Provider[] = [house(one, 'one'), house(other, 'other')]
  const { browser } = await server(t, { providers, render })
  for (const url of ['/login?returnTo=/me', '/logout', '/login/nobody']) {
    const { body, headers } = await browser().get(url)
    t.match(body, /<h1>(?:log-in|log-out|fault)<\/h1>\n<p>en<\/p>/)
    t.match(headers['content-security-policy'], /^default-src 'none'/)
  }
  t.same(seen, [
    [
      'log-in',
      [
        { name: 'one', displayName: 'one', url: '/login/one?returnTo=%2Fme', text: 'Log in with one' },
        { name: 'other', displayName: 'other', url: '/login/other?returnTo=%2Fme', text: 'Log in with other' }
      ]
    ],
    { kind: 'log-out', form: { action: '/logout' } },
    {
      kind: 'fault',
      error: 'unknown_provider',
      message: 'There is no login provider of this name here.',
      loginUrl: '/login'
    }
  ])
})

t.test(
  'the page after a login with a strict cookie keeps its redirect when the application leaves it as it is',
  async (t) => {
    const kinds: string[] = []
    const render: LoginOptions['render'] = ({ kind }) => {
      kinds.push(kind)
      return null
    }
    const provider = await fakeProvider(t)
    const { browser } = await server(
      t,
      { providers: [house(provider)], render },
      { cookie: { secure: true, sameSite: 'strict' } }
    )
    const { body, statusCode } = await browser().login(provider)
    t.equal(statusCode, 200)
    contains(t, body, '<meta http-equiv="refresh" content="0;url=/">')
    t.same(kinds, ['logged-in'])
  }
)
