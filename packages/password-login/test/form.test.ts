import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { PASSWORD, server } from './fixtures/server.ts'

const right = { username: 'alice', password: PASSWORD }

t.test('the page has a form with labels and autocomplete, and no script', async (t) => {
  const { app } = await server(t)
  const { statusCode, headers, body } = await app.inject('/login')
  t.equal(statusCode, 200)
  like(t, headers['content-type'], 'text/html; charset=utf-8')
  contains(t, body, '<form method="post" action="/login/password">')
  contains(t, body, '<label for="username">User name</label>')
  t.match(body, /<input id="username" name="username" value="" required maxlength="256" autocomplete="username"/)
  contains(t, body, '<label for="password">Password</label>')
  t.match(body, /<input id="password" name="password" type="password" required autocomplete="current-password">/)
  contains(t, body, '<label class="check"><input type="checkbox" name="remember"> Stay logged in</label>')
  contains(t, body, '<button class="button main">Log in</button>')
  for (const unwanted of [/<script/, /type="hidden"/, /aria-invalid="/, /autofocus/]) t.notMatch(body, unwanted)
  t.match(
    headers['content-security-policy'],
    /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; frame-ancestors 'none'$/
  )
  like(t, headers, {
    'cache-control': 'no-store',
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'unsafe-none'
  })
})

t.test('the form logs a user in and redirects to returnTo (303)', async (t) => {
  const { app, sessions, form } = await server(t)
  const page = await app.inject('/login?returnTo=/items?page=2&prompt=login')
  contains(t, page.body, '<input type="hidden" name="returnTo" value="/items?page=2">')
  contains(t, page.body, '<input type="hidden" name="prompt" value="login">')
  const { statusCode, headers, body } = await form({ ...right, returnTo: '/items?page=2', prompt: 'login' })
  t.equal(statusCode, 303)
  t.equal(body, '')
  like(t, headers, { location: '/items?page=2', 'cache-control': 'no-store' })
  like(
    t,
    [...sessions.values()],
    [
      {
        subject: 'id-of-alice',
        scopes: ['items:read'],
        claims: undefined,
        authenticatedAt: Number,
        lifetime: { remembered: false }
      }
    ]
  )
})

t.test(
  'a login without returnTo ends at the option returnTo, and the page may have another path and prefix',
  async (t) => {
    const { app, form } = await server(t, { returnTo: '/home', loginPath: '/enter' }, { prefix: '/shop' })
    contains(t, (await app.inject('/shop/enter')).body, 'action="/shop/enter/password"')
    const { statusCode, headers } = await form(right, { url: '/shop/enter/password' })
    t.equal(statusCode, 303)
    t.equal(headers.location, '/home')
    like(t, app.hasDecorator('passwordLogin'), false)
  }
)

for (const returnTo of [
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  '/%2f/evil.example',
  'javascript:1'
]) {
  t.test(`never redirects to ${returnTo}`, async (t) => {
    const { app, form } = await server(t)
    const { statusCode, headers } = await form({ ...right, returnTo })
    t.equal(statusCode, 303)
    t.equal(headers.location, '/')
    const { body } = await app.inject(`/login?returnTo=${encodeURIComponent(returnTo)}`)
    contains(t, body, '<input type="hidden" name="returnTo" value="/">')
    t.notMatch(body, /evil/)
  })
}

t.test('a repeated or unknown parameter of the page counts as left out', async (t) => {
  const { app } = await server(t)
  for (const query of ['returnTo=/a&returnTo=/b', 'prompt=login&prompt=consent', 'prompt=none', 'other=1']) {
    const { statusCode, body } = await app.inject(`/login?${query}`)
    t.equal(statusCode, 200)
    t.notMatch(body, /type="hidden"/)
  }
})

t.test('a wrong password shows the form again with an error and the name, and never with the password', async (t) => {
  const { sessions, form } = await server(t)
  const fields = {
    username: '<alice>"',
    password: 'hunter2-secret',
    returnTo: '/items',
    prompt: 'login',
    remember: 'on'
  }
  const { statusCode, headers, body } = await form(fields)
  t.equal(statusCode, 401)
  t.equal(headers['www-authenticate'], undefined, 'browsers show no dialog of their own')
  t.equal(headers['set-cookie'], undefined)
  like(t, headers, { 'content-type': 'text/html; charset=utf-8', vary: 'Accept', 'cache-control': 'no-store' })
  contains(t, body, '<p class="fault" id="form-fault" role="alert">The name or the password is wrong.</p>')
  contains(t, body, 'value="&#60;alice&#62;&#34;"')
  t.match(body, /autocomplete="username"[^>]* aria-invalid="true" aria-describedby="form-fault">/)
  t.match(body, /autocomplete="current-password" aria-invalid="true" aria-describedby="form-fault" autofocus>/)
  contains(t, body, '<input type="hidden" name="returnTo" value="/items">')
  contains(t, body, '<input type="hidden" name="prompt" value="login">')
  contains(t, body, 'name="remember" checked>')
  t.notMatch(body, /hunter2/)
  t.equal(sessions.size, 0)
})

const missing = [
  { fields: { password: PASSWORD }, id: 'username', text: 'Enter your user name.' },
  { fields: { username: '', password: PASSWORD }, id: 'username', text: 'Enter your user name.' },
  { fields: { username: 'alice' }, id: 'password', text: 'Enter your password.' },
  { fields: { username: 'alice', password: '' }, id: 'password', text: 'Enter your password.' }
]

for (const { fields, id, text } of missing) {
  t.test(`answers 400 with the error beside the field for ${JSON.stringify(Object.keys(fields))}, ${id}`, async (t) => {
    const { form } = await server(t)
    const { statusCode, body } = await form(fields)
    t.equal(statusCode, 400)
    contains(t, body, `<p class="fault" id="${id}-fault">${text}</p>`)
    t.equal(body.split('aria-invalid="true"').length, 2, 'one field is invalid')
    contains(t, body, `aria-invalid="true" aria-describedby="${id}-fault" autofocus>`)
    t.notMatch(body, /role="alert"/)
    t.notMatch(body, new RegExp(PASSWORD))
  })
}

t.test('asks for an e-mail address, if users log in with one', async (t) => {
  const { app, form } = await server(t, { loginName: 'email' })
  const { body } = await app.inject('/login')
  contains(t, body, '<label for="username">E-mail address</label>')
  contains(t, body, 'inputmode="email"')
  contains(t, (await form({ password: 'x' })).body, 'Enter your e-mail address.')
})

for (const field of ['username', 'password', 'remember', 'returnTo', 'prompt']) {
  t.test(`refuses a form that repeats ${field} (SEC-4)`, async (t) => {
    const { sessions, form } = await server(t)
    const fields = new URLSearchParams({ ...right, remember: 'on', returnTo: '/', prompt: 'login' })
    fields.append(field, 'again')
    const { statusCode, body } = await form(fields.toString())
    t.equal(statusCode, 400)
    contains(t, body, 'role="alert">This request cannot be answered.</p>')
    t.equal(sessions.size, 0)
  })
}

t.test('credentials in the URL are not read (SEC-7)', async (t) => {
  const { form, json, sessions } = await server(t)
  const url = `/login/password?${new URLSearchParams(right).toString()}`
  t.equal((await form({}, { url })).statusCode, 400)
  t.equal((await json({}, { url })).statusCode, 400)
  t.equal(sessions.size, 0)
})

t.test('a form of a program that does not accept HTML gets JSON for an error', async (t) => {
  const { form } = await server(t)
  const answer = await form({ ...right, password: 'wrong' }, { headers: { accept: 'application/json' } })
  t.equal(answer.statusCode, 401)
  t.same(answer.json(), { error: 'invalid_credentials', error_description: 'The name or the password is wrong.' })
})

t.test('a form that is too large is refused before it is read', async (t) => {
  const { form } = await server(t)
  const { statusCode, body } = await form({ ...right, more: 'x'.repeat(20_000) })
  t.equal(statusCode, 413)
  contains(t, body, 'role="alert">This request cannot be answered.</p>')
})

t.test('a hook of the application that allows caches has no effect on the answers (SEC-71)', async (t) => {
  const before = async (app: FastifyInstance): Promise<unknown> =>
    app.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'public, max-age=600'))
  const { app, form, json } = await server(t, {}, { before })
  for (const { answer, status } of [
    { answer: await app.inject('/login'), status: 200 },
    { answer: await form({ username: 'alice', password: 'wrong' }), status: 401 },
    { answer: await form(right), status: 303 },
    { answer: await json(right), status: 200 }
  ]) {
    t.equal(answer.statusCode, status)
    t.equal(answer.headers['cache-control'], 'no-store')
  }
})
