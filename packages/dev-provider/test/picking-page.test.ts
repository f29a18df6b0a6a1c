import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { contains, like, rejectsLike } from '@latchkey/exact'
import { Browser } from './fixtures/browser.ts'
import { provider, rejection, relyingParty, startLogin } from './fixtures/relying-party.ts'

const SCOPE = 'openid email'

t.test('the page shows the client id, the scopes and a button for each person', async (t) => {
  const google = await provider(t, { profile: 'google' })
  const browser = new Browser()
  const page = await open(browser, (await startLogin(await relyingParty(google), SCOPE)).url)
  t.match(page.headers.get('content-type'), /^text\/html/)
  const html = await page.text()
  contains(t, html, '<html lang="en">')
  contains(t, html, '<h1>Sign in with Google</h1>')
  contains(t, html, '<code>latchkey</code>')
  contains(t, html, `<code>${SCOPE}</code>`)
  t.match(
    html,
    /<button class="button person" name="person" value="ada" aria-describedby="note-ada">\s*<img [^>]*alt="">\s*Ada Lovelace\s*<\/button>/
  )
  contains(t, html, 'id="note-alan">alan@example.org, not verified<')
  contains(t, html, 'id="note-hypatia">no e-mail address<')
  contains(t, html, '<button class="button" name="refuse" value="yes">Refuse</button>')
})

t.test('the page runs no script, loads nothing from another origin and cannot be framed', async (t) => {
  const oidc = await provider(t)
  const page = await open(new Browser(), (await startLogin(await relyingParty(oidc), SCOPE)).url)
  const policy = page.headers.get('content-security-policy')!
  t.match(
    policy,
    /^default-src 'none'; style-src 'sha256-[^']+'; img-src data:; base-uri 'none'; frame-ancestors 'none'/
  )
  t.match(policy, /form-action 'self' http:\/\/localhost:3000 http:\/\/localhost:\* http:\/\/127\.0\.0\.1:\*$/)
  like(t, Object.fromEntries(page.headers), {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer'
  })
  t.notMatch(await page.text(), /<script|\son\w+=|https?:/)
})

t.test('the policy allows any http: target for a redirect URI on [::1], which a policy cannot contain', async (t) => {
  const oidc = await provider(t)
  const parameters = { redirect_uri: 'http://[::1]:3000/callback' }
  const page = await open(new Browser(), (await startLogin(await relyingParty(oidc), SCOPE, parameters)).url)
  t.match(page.headers.get('content-security-policy'), /form-action 'self' http: http:\/\/localhost:\* /)
})

t.test('the page escapes the name, the address and the picture of a person', async (t) => {
  const people = [{ id: 'x', name: '<b>"X"</b>', email: '"><script>', picture: 'data:,"><script>' }]
  const oidc = await provider(t, { people })
  const page = await open(new Browser(), (await startLogin(await relyingParty(oidc), SCOPE)).url)
  t.notMatch(await page.text(), /<b>|<script/)
})

t.test('the form signs in, and its cookies are named by the instance, HttpOnly and SameSite=Lax', async (t) => {
  const oidc = await provider(t)
  const browser = new Browser()
  const { url, finish } = await startLogin(await relyingParty(oidc), SCOPE)
  const page = await open(browser, url)
  const posted = await browser.post(page.url, { person: 'grace' })
  t.equal(posted.status, 303)
  t.equal((await finish((await browser.follow(posted)) as URL)).claims()?.sub, 'grace')
  const prefix = `dev-oidc-${new URL(oidc.origin).port}-`
  t.ok([...browser.cookies.keys()].every((name) => name.startsWith(prefix)))
  const started = await new Browser().get(url)
  t.ok(started.headers.getSetCookie().every((cookie) => /; httponly/i.test(cookie) && /; samesite=lax/i.test(cookie)))
})

t.test('the button Refuse redirects to the client with access_denied', async (t) => {
  for (const profile of ['discord', 'google', 'oidc'] as const) {
    const each = await provider(t, { profile })
    const { url } = await startLogin(await relyingParty(each), 'openid email')
    const callback = await each.refuse(url)
    like(t, Object.fromEntries(callback.searchParams), {
      error: 'access_denied',
      state: url.searchParams.get('state')!,
      iss: each.issuer
    })
  }
})

t.test('the form switches a fault on for one strike', async (t) => {
  const oidc = await provider(t)
  const browser = new Browser()
  const page = await open(browser, (await startLogin(await relyingParty(oidc), SCOPE)).url)
  contains(t, await page.text(), '<option value="wrong-nonce">')
  await browser.post(page.url, { person: 'ada', fault: 'wrong-nonce' })
  like(t, oidc.faults.active, [{ name: 'wrong-nonce', times: 1 }])
})

t.test('the fault deny in the form returns access_denied for the chosen person', async (t) => {
  const oidc = await provider(t)
  const browser = new Browser()
  const page = await open(browser, (await startLogin(await relyingParty(oidc), SCOPE)).url)
  const callback = (await browser.follow(await browser.post(page.url, { person: 'ada', fault: 'deny' }))) as URL
  t.equal(callback.searchParams.get('error'), 'access_denied')
})

for (const fields of [
  { person: 'nobody' },
  { fault: 'deny' },
  { person: 'ada', fault: 'no-such-fault' },
  { person: 'x'.repeat(20_000) }
] as Record<string, string>[]) {
  t.test(`the page is shown again after a form with ${JSON.stringify(fields).slice(0, 60)}`, async (t) => {
    const oidc = await provider(t)
    const browser = new Browser()
    const page = await open(browser, (await startLogin(await relyingParty(oidc), SCOPE)).url)
    const again = await browser.post(page.url, fields)
    t.equal(again.status, 200)
    contains(t, await again.text(), 'Sign in with')
    t.same(oidc.faults.active, [])
  })
}

for (const profile of ['discord', 'google'] as const) {
  t.test(`${profile} shows the page to a signed-in person, and another person can be chosen`, async (t) => {
    const each = await provider(t, { profile })
    const config = await relyingParty(each)
    const browser = new Browser()
    for (const person of ['ada', 'ada', 'grace']) {
      const { url, finish } = await startLogin(config, SCOPE)
      const page = await open(browser, url)
      const callback = (await browser.follow(await browser.post(page.url, { person }))) as URL
      const { subject } = each.people.find(({ id }) => id === person)!
      t.equal((await finish(callback)).claims()?.sub, subject)
    }
    const silent = await startLogin(config, SCOPE, { prompt: 'none' })
    const callback = (await browser.follow(await browser.get(silent.url))) as URL
    t.equal((await silent.finish(callback)).claims()?.sub, each.people[1]!.subject)
  })
}

t.test('an unknown interaction is answered with 400 and a page', async (t) => {
  const oidc = await provider(t)
  const page = await new Browser().get(`${oidc.origin}/interaction/unknown`)
  t.equal(page.status, 400)
  contains(t, await page.text(), 'This page is no longer valid')
  t.equal((await fetch(`${oidc.origin}/interaction/unknown`, { method: 'PUT' })).status, 404)
})

t.test('an error that cannot be sent to the client is a page for browsers, and JSON for programs', async (t) => {
  const oidc = await provider(t)
  const { url } = await startLogin(await relyingParty(oidc), SCOPE)
  url.searchParams.set('client_id', '<script>')
  const page = await new Browser().get(url)
  t.equal(page.status, 400)
  const html = await page.text()
  contains(t, html, '<code>invalid_client</code>')
  t.notMatch(html, '<script')
  const response = await fetch(url, { headers: { accept: 'application/json' } })
  like(t, await response.json(), { error: 'invalid_client' })
})

t.test('autoLogin signs the person in without the page', async (t) => {
  const google = await provider(t, { profile: 'google', autoLogin: 'alan' })
  const { url, finish } = await startLogin(await relyingParty(google), SCOPE)
  const browser = new Browser()
  const callback = (await browser.follow(await browser.get(url))) as URL
  like(t, (await finish(callback)).claims(), { email: 'alan@example.org' })
})

t.test(
  'authorize() rejects with the status and the error code when the provider does not redirect to the client',
  async (t) => {
    const oidc = await provider(t)
    const { url } = await startLogin(await relyingParty(oidc), SCOPE)
    like(t, await rejection(oidc.authorize(url, 'nobody')), {
      message: '@latchkey/dev-provider: argument "person" must be one of ada, grace, alan, hypatia'
    })
    await rejectsLike(t, oidc.authorize('https://example.com/auth', 'ada'), {
      name: 'TypeError',
      message: `@latchkey/dev-provider: the authorization URL must start with ${oidc.origin}`
    })
    const ended = '@latchkey/dev-provider: the authorization request ended with status'
    oidc.faults.set('html', { endpoint: 'authorization' })
    await rejectsLike(t, oidc.authorize(url, 'ada'), { message: `${ended} 200: no JSON` })
    oidc.faults.clear()
    url.searchParams.set('redirect_uri', 'https://example.com/')
    await rejectsLike(t, oidc.authorize(url, 'ada'), { message: `${ended} 400: invalid_redirect_uri` })
  }
)

t.test('returns 421 for another Host header (DNS rebinding)', async (t) => {
  const oidc = await provider(t)
  const { port } = new URL(oidc.origin)
  const socket = connect(Number(port), '127.0.0.1')
  socket.end(`GET / HTTP/1.1\r\nHost: rebound.example:${port}\r\nConnection: close\r\n\r\n`)
  const answer = await text(socket)
  t.match(answer, /^HTTP\/1\.1 421 /)
  t.same(JSON.parse(answer.slice(answer.indexOf('{'))), {
    error: 'invalid_request',
    error_description: `This provider answers only at ${oidc.origin}`
  })
})

async function open(browser: Browser, url: URL): Promise<Response> {
  return (await browser.follow(await browser.get(url))) as Response
}
