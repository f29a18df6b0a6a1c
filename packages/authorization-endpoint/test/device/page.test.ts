import type { ClientAuthorizationEvent } from '@latchkey/authorization-endpoint'
import { heard } from '@latchkey/exact/heard'
import { html } from '@latchkey/pages'
import t from 'tap'
import { cli, codesOf, deviceServer } from '../fixtures/device.ts'
import { cookieOf } from '../fixtures/session.ts'

const bob = cookieOf({ id: 's9', subject: 'bob' })

t.test(
  'accepts a user code in any case, with and without dashes, spaces and other signs (RFC 8628 §6.1)',
  async (t) => {
    const { begin, enter } = await deviceServer(t)
    const { userCode } = codesOf(await begin())
    const letters = userCode.replace('-', '')
    for (const typed of [
      letters,
      userCode.toLowerCase(),
      ` ${userCode} `,
      letters.split(/(?=.)/).join(' '),
      letters.split(/(?=.)/).join('-'),
      userCode.replace('-', '\u2013'),
      `"${userCode}."`,
      `${userCode}1`
    ]) {
      t.equal((await enter(typed)).status, 200, typed)
    }
  }
)

t.test('shows an error beside the field for a mistyped code, and escapes what was typed', async (t) => {
  const { begin, enter } = await deviceServer(t)
  const { userCode } = codesOf(await begin())
  const fault = 'This code is wrong, or has expired. Compare it with the code on your device.'
  for (const [typed, shown] of [
    ['', ''],
    ['BCDF-GHJ', 'BCDF-GHJ'],
    [`${userCode}B`, `${userCode}B`],
    ['AEIO-UYAE', 'AEIO-UYAE'],
    ['"><script>alert(1)</script>', '&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;'],
    [userCode.padEnd(65), userCode.padEnd(65)]
  ] as const) {
    const { status, text } = await enter(typed)
    t.equal(status, 400)
    t.ok(text.includes(`<p class="fault" id="fault" role="alert">${fault}</p>`), typed)
    t.ok(text.includes(`value="${shown}" required`), typed)
    t.match(text, /aria-invalid="true" aria-describedby="fault"/)
    t.notMatch(text, /<script>/)
  }
})

t.test('sends an anonymous browser to the login, and keeps the code of the URL (RFC 8628 §3.3.1)', async (t) => {
  const { begin, get, enter } = await deviceServer(t, { endpoint: { loginPath: '/sign-in' } })
  const codes = await begin()
  const { userCode } = codesOf(codes)
  const login = await get(String(codes.json['verification_uri_complete']).replace(/^https:..[^/]+/, ''), null)
  t.equal(login.status, 303)
  t.equal(login.location.split('?')[0], '/sign-in')
  t.same(login.query, { returnTo: `/device?user_code=${userCode}` })
  const back = await get(login.query['returnTo'] ?? '')
  t.equal(back.status, 200)
  t.ok(back.text.includes(`value="${userCode}" required`), 'the user must press the button')
  t.notMatch(back.text, /Command Line/)
  t.same((await enter(userCode, null)).query, { returnTo: `/device?user_code=${userCode}` })
})

t.test('keeps nothing but a well-formed code of the URL', async (t) => {
  const { get } = await deviceServer(t)
  for (const query of ['?user_code=%22%3E%3Cb%3E', '?user_code=/evil', '?other=1', '']) {
    t.same((await get(`/device${query}`, null)).query, { returnTo: '/device' })
    t.match((await get(`/device${query}`)).text, /name="user_code" value="" required/)
  }
})

t.test('counts a decision once', async (t) => {
  const { begin, enter, answer, poll } = await deviceServer(t)
  const { deviceCode, userCode } = codesOf(await begin())
  await enter(userCode)
  const answers = await Promise.all([answer(userCode, 'allow'), answer(userCode, 'allow')])
  t.same(answers.map(({ status }) => status).sort(), [200, 410])
  for (const decision of ['deny', 'allow']) t.equal((await answer(userCode, decision)).status, 410)
  t.equal((await enter(userCode)).status, 400, 'the code is used')
  t.equal((await poll(deviceCode)).status, 200)
})

t.test('takes one of a refusal and a permission at once', async (t) => {
  const { begin, enter, answer, poll } = await deviceServer(t)
  const { deviceCode, userCode } = codesOf(await begin())
  await enter(userCode)
  const [allowed, denied] = await Promise.all([answer(userCode, 'allow'), answer(userCode, 'deny')])
  t.same([allowed.status, denied.status].sort(), [200, 410])
  t.equal((await poll(deviceCode)).status, allowed.status === 200 ? 200 : 400)
})

t.test('answers 410 when another process stores a decision first', async (t) => {
  const { begin, enter, answer } = await deviceServer(t, {
    records: (records) => ({
      create: async (record, most) => (record.kind === 'device-decision' ? false : records.create(record, most))
    })
  })
  const { userCode } = codesOf(await begin())
  await enter(userCode)
  for (const decision of ['deny', 'allow']) t.equal((await answer(userCode, decision)).status, 410)
})

t.test('asks for the code again when another user, another session or an anonymous browser decides', async (t) => {
  const { begin, enter, answer, poll } = await deviceServer(t)
  const { deviceCode, userCode } = codesOf(await begin())
  const form = `/device?user_code=${userCode}`
  t.equal((await answer(userCode, 'allow')).location, form, 'the user was not asked yet')
  await enter(userCode)
  for (const [decision, cookie] of [
    ['allow', bob],
    ['allow', cookieOf({ id: 's2' })],
    ['allow', null],
    ['perhaps', cookieOf()]
  ] as const) {
    const again = await answer(userCode, decision, cookie)
    t.equal(again.status, 303)
    t.equal(again.location, form)
  }
  t.equal((await poll(deviceCode)).json['error'], 'authorization_pending')
  await enter(userCode, bob)
  t.equal((await answer(userCode, 'allow')).location, form, 'bob was asked last')
  t.equal((await answer(userCode, 'allow', bob)).status, 200)
})

t.test('does not show at the decision whether a code exists', async (t) => {
  const { begin, answer } = await deviceServer(t)
  const { userCode } = codesOf(await begin())
  const other = userCode === 'BBBB-BBBB' ? 'CCCC-CCCC' : 'BBBB-BBBB'
  const [known, unknown] = [await answer(userCode, 'allow'), await answer(other, 'allow')]
  t.same([known.status, known.location], [303, `/device?user_code=${userCode}`])
  t.same([unknown.status, unknown.location], [303, `/device?user_code=${other}`])
  t.equal((await answer('"', 'allow')).location, '/device')
})

t.test('refuses codes and decisions that a page of another site sends', async (t) => {
  const { begin, enter, post, poll } = await deviceServer(t)
  const { deviceCode, userCode } = codesOf(await begin())
  await enter(userCode)
  const forged = { cookie: cookieOf(), 'sec-fetch-site': 'cross-site' }
  t.equal((await post('/device', { user_code: userCode }, forged)).status, 403)
  t.equal((await post('/device/decision', { user_code: userCode, decision: 'allow' }, forged)).status, 403)
  t.equal((await poll(deviceCode)).json['error'], 'authorization_pending')
})

t.test('asks also after an earlier consent, and a client of the first party (RFC 8628 §5.4, §5.6)', async (t) => {
  const first = { ...cli, clientId: 'first', isFirstParty: true }
  const { app, allowed, begin, enter, time } = await deviceServer(t, { clients: [cli, first] })
  const events = heard<ClientAuthorizationEvent>(t, 'latchkey:client-authorization')
  await allowed()
  t.same(await app.authorizationEndpoint.consents('alice'), [
    { clientId: 'cli', clientName: 'Command Line', scopes: { '': ['items:read'] }, grantedAt: time.seconds }
  ])
  t.same(events, [{ kind: 'granted', clientId: 'cli', subject: 'alice', scopes: ['items:read'] }])
  const again = await enter(codesOf(await begin({ scope: 'items:read items:write' })).userCode)
  t.match(again.text, /asks to:<\/p>\s*<ul><li>Change your items<\/li><\/ul>/)
  t.match(again.text, /allowed it before to:<\/p>\s*<ul><li>Read your items<\/li><\/ul>/)
  const known = await enter(codesOf(await begin()).userCode)
  t.match(known.text, /allowed it before to:<\/p>\s*<ul><li>Read your items<\/li><\/ul>/)
  const ours = await enter(codesOf(await begin({ client_id: 'first', scope: 'items:read' })).userCode)
  t.match(ours.text, /asks to:<\/p>\s*<ul><li>Read your items<\/li><\/ul>/)
})

t.test('asks again when the user may give less than the page said', async (t) => {
  let grantable: () => string[] = () => ['items:read', 'items:write']
  const { begin, enter, answer, poll } = await deviceServer(t, {
    endpoint: { grantableScopes: async () => grantable() }
  })
  const { deviceCode, userCode } = codesOf(await begin({ scope: 'items:read items:write' }))
  const form = `/device?user_code=${userCode}`
  await enter(userCode)
  grantable = () => ['items:read']
  t.equal((await answer(userCode, 'allow')).location, form)
  await enter(userCode)
  grantable = () => []
  t.equal((await answer(userCode, 'allow')).location, form)
  const nothing = await enter(userCode)
  t.equal(nothing.status, 400)
  t.match(nothing.text, /role="alert">Your account cannot give the app on the device what it asks for\.</)
  grantable = () => {
    throw new Error('the database fails')
  }
  t.equal((await answer(userCode, 'allow')).status, 500)
  t.equal((await enter(userCode)).status, 500)
  t.equal((await poll(deviceCode)).json['error'], 'authorization_pending')
})

t.test('shows a page when the client disappears or loses the grant type while the user decides', async (t) => {
  let clients = [cli]
  const { begin, enter, answer } = await deviceServer(t, {
    clients: async (id) => clients.find(({ clientId }) => clientId === id)
  })
  const { userCode } = codesOf(await begin())
  await enter(userCode)
  for (const left of [[], [{ ...cli, grantTypes: ['refresh_token'] }]]) {
    clients = left
    for (const page of [await answer(userCode, 'allow'), await enter(userCode)]) {
      t.equal(page.status, 400)
      t.match(page.text, /The app on the device is not known any more\./)
    }
  }
})

t.test('refuses wrong codes after ten of one user, until 15 minutes have passed (RFC 8628 §5.1)', async (t) => {
  const { begin, enter, time } = await deviceServer(t)
  for (let guess = 0; guess < 10; guess++) t.equal((await enter('BBBB-BBBB')).status, 400)
  const { userCode } = codesOf(await begin())
  const refused = await enter(userCode)
  t.equal(refused.status, 429)
  t.equal(refused.headers['retry-after'], '900')
  t.match(refused.text, /There were too many requests from your network\. Try again later\./)
  t.equal((await enter(userCode, bob)).status, 200, 'another user')
  time.seconds += 900
  t.equal((await enter(codesOf(await begin()).userCode)).status, 200)
})

t.test('refuses wrong codes after fifty of one address, whichever user types them (RFC 8628 §5.1)', async (t) => {
  const { begin, enter } = await deviceServer(t)
  for (let guess = 0; guess < 50; guess++) {
    t.equal((await enter('bbbb', cookieOf({ subject: `user-${guess % 10}` }))).status, 400)
  }
  const { userCode } = codesOf(await begin())
  t.equal((await enter(userCode, bob)).status, 429)
})

t.test('answers 405 to other methods, and does not log the query', async (t) => {
  const lines: string[] = []
  const logger = { level: 'trace', stream: { write: (line: string) => void lines.push(line) } }
  const { app, get } = await deviceServer(t, { logger })
  for (const [url, allow] of [
    ['/device?user_code=BCDF-GHJK', 'GET, POST'],
    ['/device/decision?user_code=BCDF-GHJK', 'POST']
  ] as const) {
    const { statusCode, headers } = await app.inject({ method: 'DELETE', url, headers: { accept: 'text/html' } })
    t.same([statusCode, headers.allow], [405, allow])
  }
  t.equal((await get('/device/decision')).status, 405)
  await get('/device?user_code=BCDF-GHJK')
  t.ok(lines.length > 0)
  t.same(
    lines.filter((line) => line.includes('GHJK')),
    []
  )
})

t.test("renders all pages in the application's own way", async (t) => {
  const kinds: string[] = []
  const { allowed, enter } = await deviceServer(t, {
    endpoint: {
      render(page) {
        kinds.push(page.kind)
        return { title: page.kind, body: html`<p>Ours</p>` }
      }
    }
  })
  await allowed()
  t.match((await enter('wrong')).text, /<p>Ours<\/p>/)
  t.same(kinds, ['consent', 'device', 'user-code'])
})
