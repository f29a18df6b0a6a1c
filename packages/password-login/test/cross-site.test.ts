import t from 'tap'
import { contains } from '@latchkey/exact'
import { cookieOf, origin, PASSWORD, server } from './fixtures/server.ts'

const right = { username: 'alice', password: PASSWORD }

const requests: [title: string, headers: Record<string, string | undefined>, isAdmitted: boolean][] = [
  ['a page of this origin', { 'sec-fetch-site': 'same-origin', origin }, true],
  ['the user', { 'sec-fetch-site': 'none' }, true],
  ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, false],
  ['a sibling subdomain', { 'sec-fetch-site': 'same-site', origin: 'https://blog.example.com' }, false],
  ['another site that forges Origin', { 'sec-fetch-site': 'cross-site', origin }, false],
  ['an old browser on a page of this origin', { 'sec-fetch-site': undefined, origin }, true],
  ['an old browser on another site', { 'sec-fetch-site': undefined, origin: 'https://evil.example' }, false],
  ['a sandboxed frame of an old browser', { 'sec-fetch-site': undefined, origin: 'null' }, false],
  ['an old browser over http', { 'sec-fetch-site': undefined, origin: 'http://app.example.com' }, false],
  ['a program', { 'sec-fetch-site': undefined }, true]
]

for (const [title, headers, isAdmitted] of requests) {
  t.test(
    `a login by ${title} is ${isAdmitted ? 'answered' : 'refused before the password is looked at'} (SEC-135)`,
    async (t) => {
      let looks = 0
      const { sessions, form, json } = await server(t, {
        async verifyPassword() {
          looks++
          return { subject: 'alice', scopes: [] }
        }
      })
      const [page, data] = [await form(right, { headers }), await json(right, { headers })]
      t.equal(page.statusCode, isAdmitted ? 303 : 403)
      t.equal(data.statusCode, isAdmitted ? 200 : 403)
      t.equal(looks, isAdmitted ? 2 : 0)
      t.equal(sessions.size, isAdmitted ? 2 : 0)
      if (isAdmitted) return
      const description = 'This request came from another site. Log in on the page of this site.'
      contains(t, page.body, `role="alert">${description}</p>`)
      t.same(data.json(), { error: 'cross_site_request', error_description: description })
      t.equal(page.headers['set-cookie'], undefined)
    }
  )
}

t.test('a request with a session cookie must show its origin (SEC-133)', async (t) => {
  const { sessions, json } = await server(t)
  const headers = { 'sec-fetch-site': undefined, cookie: cookieOf(await json(right)) }
  const answer = await json(right, { headers })
  t.equal(answer.statusCode, 403)
  t.equal(answer.json().error, 'cross_site_request')
  t.equal(sessions.size, 1)
  t.equal((await json(right, { headers: { ...headers, origin } })).statusCode, 200)
  t.equal((await json(right, { headers: { ...headers, cookie: 'session=unknown' } })).statusCode, 200)
})

t.test('a wrong Authorization header of a program does not prevent a login', async (t) => {
  const { json } = await server(t)
  t.equal((await json(right, { headers: { authorization: 'Bearer expired' } })).statusCode, 200)
})
