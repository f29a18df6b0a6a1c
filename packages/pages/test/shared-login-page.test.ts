import { html, type LoginPart, loginPage } from '@latchkey/pages'
import Fastify from 'fastify'
import t from 'tap'

const form: LoginPart = { order: 1, hasForm: true, render: () => html`<form method="post"></form>` }
const links: LoginPart = {
  order: 2,
  hasForm: false,
  // Cast: a parser of queries returns an object.
  render: (asked) => html`<a href="/x">${(asked as { name?: string }).name ?? 'link'}</a>`,
  alone: (_request, reply) => reply.redirect('/x', 303)
}

t.test('the first plugin gets a new page, and later ones the same page of the server and URL', async (t) => {
  const app = Fastify()
  const first = loginPage(app, '/login')
  t.equal(first.isNew, true)
  await app.register(async (child) => {
    t.same(loginPage(child, '/login'), { page: first.page, isNew: false })
  })
  t.equal(loginPage(app, '/staff/login').isNew, true)
  t.equal(loginPage(Fastify(), '/login').isNew, true)
})

t.test('shows all parts in their order, and allows the answer of a form to redirect anywhere', async (t) => {
  const app = Fastify()
  const { page } = loginPage(app, '/login')
  page.add(links)
  page.add(form)
  app.get('/login', async (request, reply) => page.show(request, reply))
  const { statusCode, headers, body } = await app.inject('/login?name=<b>')
  t.equal(statusCode, 200)
  t.match(
    body,
    /<h1>Log in<\/h1>\s<form method="post"><\/form>\s<p class="quiet">or<\/p>\s<a href="\/x">&#60;b&#62;<\/a>/
  )
  t.match(headers['content-security-policy'], /frame-ancestors 'none'$/, 'without form-action')
})

t.test('a part that is alone answers the request itself, or is shown', async (t) => {
  const app = Fastify()
  const [one, other] = [loginPage(app, '/one').page, loginPage(app, '/other').page]
  one.add(links)
  other.add({ ...links, alone: undefined })
  app.get('/one', async (request, reply) => one.show(request, reply))
  app.get('/other', async (request, reply) => other.show(request, reply))
  const redirected = await app.inject('/one')
  t.equal(redirected.statusCode, 303)
  t.equal(redirected.headers.location, '/x')
  const shown = await app.inject('/other')
  t.equal(shown.statusCode, 200)
  t.match(shown.headers['content-security-policy'], /form-action 'none'$/)
})

t.test('sends the page with other HTML for one part, such as a form with an error', async (t) => {
  const app = Fastify()
  const { page } = loginPage(app, '/login')
  page.add(form)
  page.add(links)
  app.post('/login', async (_request, reply) =>
    page.send(reply.code(401), { name: 'again' }, form, html`<p role="alert">wrong</p>`)
  )
  const { statusCode, body } = await app.inject({ method: 'POST', url: '/login' })
  t.equal(statusCode, 401)
  t.match(body, /<p role="alert">wrong<\/p>\s<p class="quiet">or<\/p>\s<a href="\/x">again<\/a>/)
  t.notMatch(body, /<form/)
})
