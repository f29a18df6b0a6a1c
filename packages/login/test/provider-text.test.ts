import path from 'node:path'
import t from 'tap'
import { like } from '@latchkey/exact'
import { sqlStore } from '@latchkey/store/sql'
import { sign } from './fixtures/fake-provider.ts'
import { started } from './fixtures/server.ts'

const email = { email: 'ann@example.com', email_verified: true }

const names: { title: string; said: string; kept: string | null }[] = [
  { title: 'a lone surrogate', said: 'An\ud800n', kept: 'Ann' },
  { title: 'a lone surrogate at the end', said: 'Ann\udc00', kept: 'Ann' },
  { title: 'a direction override', said: 'A\u202enn\u202c', kept: 'Ann' },
  { title: 'direction isolates', said: '\u2066Ann\u2069', kept: 'Ann' },
  { title: 'direction marks', said: 'A\u200en\u200fn\u061c', kept: 'Ann' },
  { title: 'zero-width spaces', said: 'A\u200bn\u2060n\ufeff', kept: 'Ann' },
  { title: 'a joiner between Latin letters', said: 'A\u200dn\u200cn', kept: 'Ann' },
  { title: 'a soft hyphen', said: 'An\u00adn', kept: 'Ann' },
  { title: 'a Hangul filler', said: 'Ann\u3164', kept: 'Ann' },
  { title: 'controls', said: 'A\u0000n\u001b[31mn\u009f', kept: 'An[31mn' },
  { title: 'line breaks', said: 'Ann\r\nSmith\u2028X', kept: 'Ann Smith X' },
  { title: 'only invisible characters', said: '\u200b\u200d\u202e\ud800', kept: null },
  {
    title: 'a Persian name with its joiner',
    said: '\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645',
    kept: '\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645'
  },
  { title: 'a conjunct with its joiner', said: '\u0915\u094d\u200d\u0937', kept: '\u0915\u094d\u200d\u0937' },
  { title: 'a joiner at the end of a Persian name', said: '\u0646\u0645\u06cc\u200c', kept: '\u0646\u0645\u06cc' },
  { title: 'a family emoji', said: '\u{1f469}\u200d\u{1f467} Ann', kept: '\u{1f469}\u200d\u{1f467} Ann' },
  { title: 'a Japanese variation selector', said: '\u845b\u{e0100}\u57ce', kept: '\u845b\u{e0100}\u57ce' },
  { title: 'markup, which the page escapes', said: '<b>Ann</b>', kept: '<b>Ann</b>' }
]

for (const { title, said, kept } of names) {
  t.test(`a name with ${title} is stored as it is displayed (K23, SEC-117)`, async (t) => {
    const sql = sqlStore({ file: path.join(t.testdir(), 'latchkey.db') })
    await sql.migrate()
    const { provider, browser, store } = await started(t, { store: sql })
    t.teardown(() => sql.close())
    provider.answers.set('/userinfo', { body: { sub: 'alice-1' } })
    provider.claims = { name: said, ...email }
    t.equal((await browser().login(provider)).statusCode, 303)
    const account = await sql.accounts.findByIdentity({ provider: 'house', subject: 'alice-1' })
    like(t, account?.profile, { name: kept, email: 'ann@example.com', picture: null })
    t.equal(await store.accounts.findByIdentity({ provider: 'house', subject: 'alice-1' }), null)
  })
}

const addresses = [
  'ann\ud800@example.com',
  'ann@exam\udc00ple.com',
  'a\u202enn@example.com',
  'ann@example.com\u202c',
  'a\u200bnn@example.com',
  'a\u200dnn@example.com',
  '\ufeffann@example.com',
  'ann\u00ad@example.com',
  'a\u3164nn@example.com',
  'ann\u0000@example.com',
  'ann\n@example.com',
  'ann @example.com',
  '"><script>alert(1)</script>"@example.com',
  '"ann"@example.com',
  '<ann@example.com>',
  'Ann <ann@example.com>',
  'ann@example.com,bob@example.com',
  'ann@example.com;',
  'ann@evil.example@example.com',
  'ann@[127.0.0.1]',
  'mailto:ann@example.com',
  'ann@',
  '@example.com'
]

for (const address of addresses) {
  t.test(`the e-mail address ${JSON.stringify(address)} is not stored (K23, SEC-117)`, async (t) => {
    const { provider, browser, store } = await started(t)
    provider.claims = { email: address, email_verified: true }
    t.equal((await browser().login(provider)).statusCode, 303)
    const account = await store.accounts.findByIdentity({ provider: 'house', subject: 'alice-1' })
    t.equal(account?.profile.email, null)
  })
}

for (const address of [
  "o'brien+shop@example.co.uk",
  'ann_b.c-d%e@sub.example.com',
  'ann@b\u00fccher.example',
  '\u7528\u6237@\u4f8b\u5b50.example'
]) {
  t.test(`the e-mail address ${address} is stored unchanged (K23)`, async (t) => {
    const { provider, browser, store } = await started(t)
    provider.claims = { email: address }
    t.equal((await browser().login(provider)).statusCode, 303)
    const account = await store.accounts.findByIdentity({ provider: 'house', subject: 'alice-1' })
    t.equal(account?.profile.email, address)
  })
}

const pictures: [said: unknown, kept: string | null][] = [
  ['https://cdn.example/a.png?s=1&t=2#x', 'https://cdn.example/a.png?s=1&t=2#x'],
  ['https://cdn.example/"><script>alert(1)</script>', 'https://cdn.example/%22%3E%3Cscript%3Ealert(1)%3C/script%3E'],
  ["https://cdn.example/'onerror='alert(1)?'#'", 'https://cdn.example/%27onerror=%27alert(1)?%27#%27'],
  ['https://cdn.example/?"><script>#"><', 'https://cdn.example/?%22%3E%3Cscript%3E#%22%3E%3C'],
  ['HTTPS://CDN.example:443/a/../b.png', 'https://cdn.example/b.png'],
  ['https://b\u00fccher.example/\u00e4.png', 'https://xn--bcher-kva.example/%C3%A4.png'],
  ['https://user:secret@cdn.example/a.png', null],
  ['https://cdn.example/a\u202e.png', null],
  ['https://cdn.example/a\ud800.png', null],
  ['https://cdn.example/a b.png', null],
  ['https://cdn.example/\ta.png', null],
  ['http://cdn.example/a.png', null],
  ['//cdn.example/a.png', null],
  ['javascript:alert(1)//https://', null],
  ['data:image/png;base64,AAAA', null],
  [['https://cdn.example/a.png'], null]
]

for (const [said, kept] of pictures) {
  t.test(`the picture ${JSON.stringify(said)} is stored as ${JSON.stringify(kept)} (K23, SEC-117)`, async (t) => {
    const { provider, browser, store } = await started(t)
    provider.claims = { picture: said }
    t.equal((await browser().login(provider)).statusCode, 303)
    const account = await store.accounts.findByIdentity({ provider: 'house', subject: 'alice-1' })
    t.equal(account?.profile.picture, kept)
  })
}

t.test('the session identifier of the provider is stored unchanged, or not at all (K23)', async (t) => {
  const { provider, browser, app } = await started(t)
  const alice = browser()
  for (const [sid, kept] of [
    ['a\ud800', undefined],
    ['a\u202eb', undefined],
    ['a'.repeat(256), undefined],
    ['upstream-1', 'upstream-1'],
    [7, '7']
  ]) {
    provider.claims = { sid }
    t.equal((await alice.login(provider)).statusCode, 303)
    t.equal(alice.session?.upstream?.sid, kept)
  }
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
  const token = { iss: provider.issuer, aud: 'app', iat: Math.floor(Date.now() / 1000), jti: 'one', events }
  const answer = await app.inject({
    method: 'POST',
    url: '/login/house/backchannel-logout',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ logout_token: await sign({ ...token, sid: 'a\ud800' }) }).toString()
  })
  t.equal(answer.statusCode, 400)
  t.not(alice.session, undefined)
})
