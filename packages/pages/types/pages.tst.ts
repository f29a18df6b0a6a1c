import pages, {
  english,
  formMarkup,
  german,
  html,
  type LogInPage,
  type Markup,
  type PageContent,
  type PagesOptions,
  type RenderPage,
  sendPage,
  type Texts
} from '@latchkey/pages'
import Fastify, { type FastifyReply } from 'fastify'
import { expect, test } from 'tstyche'

test('a server registers it with a name, a logo, colours and texts', () => {
  const app = Fastify()
  const colors = { main: '#7c3aed', dark: { background: '#1a1625' } }
  expect(
    app.register(pages, { name: 'Acme', logo: '/logo.svg', colors, texts: [english, german] })
  ).type.not.toRaiseError()
  expect<PagesOptions>().type.toBeAssignableFrom({ texts: german })
  expect<PagesOptions>().type.not.toBeAssignableFrom({ texts: [] })
  expect<PagesOptions>().type.not.toBeAssignableFrom({ name: 1 })
  expect<PagesOptions>().type.not.toBeAssignableFrom({ colors: { main: 0x7c3aed } })
})

test('a dictionary has every text, and a text with parameters is a function', () => {
  expect(german).type.toBe<Texts>()
  expect<Texts>().type.toBeAssignableFrom({ ...english, login: { ...english.login, title: 'Sign in' } })
  expect<Texts>().type.not.toBeAssignableFrom({ ...english, login: { title: 'Sign in' } })
  expect<Texts>().type.not.toBeAssignableFrom({ ...english, direction: 'up' })
  expect<Texts['login']['logInWith']>().type.not.toBeAssignableFrom('Sign in')
})

declare const reply: FastifyReply

test('only html makes the content of a page', () => {
  expect(html`<p>${'text'}</p>`).type.toBe<Markup>()
  expect(sendPage(reply, { title: 'Hello', body: html`<p>Hello</p>` })).type.toBe<FastifyReply>()
  expect(sendPage).type.not.toBeCallableWith(reply, { title: 'Hello', body: '<p>Hello</p>' })
  expect(formMarkup).type.not.toBeCallableWith({ action: '/' })
})

test('a page is rendered from its data', () => {
  type Rendered = RenderPage<LogInPage>
  expect<ReturnType<Rendered>>().type.toBe<PageContent | null>()
  expect<Rendered>().type.toBeAssignableFrom(() => null)
  expect<Rendered>().type.not.toBeAssignableFrom(async () => null)
  expect<Rendered>().type.not.toBeAssignableFrom(() => '<p>Hello</p>')
})
