import { loggedWithoutQuery } from '@latchkey/guard/plugin'
import Fastify from 'fastify'
import t from 'tap'

t.test('logs the members of a request that Fastify logs, without the query (SEC-147)', async (t) => {
  const lines: string[] = []
  const app = Fastify({ logger: { stream: { write: (line) => void lines.push(line) } } })
  t.teardown(() => app.close())
  app.get('/plain', async () => 'ok')
  app.get('/secret', { logSerializers: { req: loggedWithoutQuery } }, async () => 'ok')
  await app.inject('/plain')
  await app.inject('/secret?code=canary&state=x')
  const logged = lines.map((line) => JSON.parse(line) as { req?: object }).flatMap(({ req }) => req ?? [])
  t.equal(logged.length, 2)
  t.same(logged[1], { ...logged[0], url: '/secret' })
  t.notMatch(lines.join(''), /canary/)
})
