import { like } from '@latchkey/exact'
import { errorClass, otherMethods } from '@latchkey/guard/plugin'
import Fastify from 'fastify'
import t from 'tap'

class MethodError extends errorClass<[]>('TEST_METHOD', 'The method is not allowed', 405) {}

t.test('refuses all methods but a few with Allow, before the body is read (RFC 9110 §15.5.6)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.get('/here', { exposeHeadRoute: false }, async () => 'here')
  app.post('/here', async () => 'posted')
  app.route({ url: '/here', ...otherMethods(app, ['GET', 'POST'], () => new MethodError()) })
  app.addContentTypeParser('application/json', async () => t.fail('the body was read'))
  const refused = { statusCode: 405, headers: { allow: 'GET, POST' } }
  for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
    const headers = { 'content-type': 'application/json' }
    const answer = await app.inject({ method, url: '/here?secret=canary', headers, payload: '{}' })
    like(t, answer, refused)
    t.same(answer.json(), {
      statusCode: 405,
      code: 'TEST_METHOD',
      error: 'Method Not Allowed',
      message: 'The method is not allowed'
    })
  }
  like(t, await app.inject({ method: 'HEAD', url: '/here' }), refused)
  like(t, await app.inject('/here'), { statusCode: 200, body: 'here' })
  like(t, await app.inject({ method: 'POST', url: '/here' }), { statusCode: 200, body: 'posted' })
})
