import t from 'tap'
import { contains } from '@latchkey/exact'
import { PASSWORD, server } from './fixtures/server.ts'

t.test('the form logs a user in and redirects to returnTo', async (t) => {
  const { app, sessions, form } = await server(t)
  const page = await app.inject({ url: '/login?returnTo=/items?page=2&prompt=login', headers: { accept: 'text/html' } })
  t.equal(page.statusCode, 200)
  contains(t, page.body, '<form method="post" action="/login/password">')
  contains(t, page.body, '<input type="hidden" name="prompt" value="login">')
  const answer = await form({ username: 'alice', password: PASSWORD, returnTo: '/items?page=2' })
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, '/items?page=2')
  t.same(
    [...sessions.values()].map(({ subject }) => subject),
    ['id-of-alice']
  )
})
