import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { TooManyRequestsError, UnavailableError } from '@latchkey/guard'
import { PasswordLoginError } from '@latchkey/password-login'
import { PASSWORD, server } from './fixtures/server.ts'

t.test('the retryAfter of a PasswordLoginError is a whole number of seconds', async (t) => {
  const told = (retryAfter?: number) => new PasswordLoginError('temporarily_unavailable', { retryAfter }).retryAfter
  t.same(
    [told(), told(0), told(1.5), told(90_000), told(-1), told(Infinity), told(Number.NaN)],
    [5, 0, 2, 90_000, 5, 5, 5]
  )
})

const right = { username: 'alice', password: PASSWORD }

const failures: { title: string; thrown: Error; status: number; error: string; retryAfter?: string }[] = [
  {
    title: 'an unavailable database',
    thrown: new UnavailableError('the database at 10.0.0.7 is down'),
    status: 503,
    error: 'temporarily_unavailable',
    retryAfter: '5'
  },
  { title: 'a fault of the application', thrown: new Error('secret reason'), status: 500, error: 'server_error' },
  {
    title: 'an error of a library with a status of its own',
    thrown: Object.assign(new Error('secret reason'), { statusCode: 429 }),
    status: 500,
    error: 'server_error'
  }
]

for (const { title, thrown, status, error, retryAfter } of failures) {
  t.test(`answers ${status} ${error} for ${title}, on the page and as JSON, without the reason`, async (t) => {
    const { sessions, form, json } = await server(t, {
      verifyPassword: async () => {
        throw thrown
      }
    })
    const [page, data] = [await form(right), await json(right)]
    for (const answer of [page, data]) {
      t.equal(answer.statusCode, status)
      t.equal(answer.headers['retry-after'], retryAfter)
      t.equal(answer.headers['set-cookie'], undefined)
      for (const secret of [/secret/, /10\.0/, new RegExp(PASSWORD)]) t.notMatch(answer.body, secret)
    }
    t.equal(data.json().error, error)
    contains(t, page.body, `role="alert">${data.json().error_description}</p>`)
    t.notMatch(page.body, /aria-invalid="/, 'no field is wrong')
    t.equal(sessions.size, 0)
  })
}

t.test('answers 503 when verifyPassword takes too long, and aborts its signal', async (t) => {
  const reasons: boolean[] = []
  const { json } = await server(t, {
    timeout: 1,
    verifyPassword: async (_credentials, { signal }) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => {
          reasons.push(signal.aborted)
          reject(new Error('aborted'))
        })
      })
  })
  const { statusCode, headers } = await json(right)
  t.equal(statusCode, 503)
  t.equal(headers['retry-after'], '5')
  t.same(reasons, [true])
})

const refusals: [thrown: unknown, status: number, error: string, retryAfter: string | undefined][] = [
  [new TooManyRequestsError('secret reason', { retryAfter: 17 }), 429, 'too_many_attempts', '17'],
  [Object.assign(new Error('secret reason'), { statusCode: 403 }), 403, 'invalid_request', undefined],
  [Object.assign(new Error('secret reason'), { statusCode: 302 }), 500, 'server_error', undefined],
  [Object.assign(new Error('secret reason'), { statusCode: '403' }), 500, 'server_error', undefined]
]

for (const [thrown, status, error, retryAfter] of refusals) {
  t.test(`answers ${status} ${error} when a hook of the application refuses the request`, async (t) => {
    const { json } = await server(
      t,
      {},
      {
        before: async (app) => {
          app.addHook('preHandler', async () => {
            throw thrown
          })
        }
      }
    )
    const answer = await json(right)
    t.equal(answer.statusCode, status)
    t.equal(answer.json().error, error)
    t.equal(answer.headers['retry-after'], retryAfter)
    t.notMatch(answer.body, /secret/)
  })
}

t.test('a refusal by a hook of the application has the headers of a page, and keeps Vary', async (t) => {
  const { form } = await server(
    t,
    {},
    {
      before: async (app) => {
        app.addHook('onRequest', async (request, reply) => {
          reply.header('vary', 'Origin')
          if (request.method === 'POST') throw Object.assign(new Error('too busy'), { statusCode: 503 })
        })
      }
    }
  )
  const { statusCode, headers, body } = await form(right)
  t.equal(statusCode, 503)
  like(t, headers, { vary: 'Origin, Accept', 'cache-control': 'no-store', 'retry-after': '5' })
  contains(t, body, 'role="alert">The login is not available now. Try again later.</p>')
})

t.test('answers 405 to other methods, with the form again, and neither logs nor sends back the query', async (t) => {
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line) }
  const { app, sessions } = await server(t, {}, { fastify: { logger: { stream } } })
  const url = '/login/password?username=canary&password=canary'
  const page = await app.inject({ url, headers: { accept: 'text/html' } })
  t.same([page.statusCode, page.headers.allow], [405, 'POST'])
  contains(t, page.body, 'role="alert">This address takes only the form of its page.</p>')
  const data = await app.inject({ method: 'PUT', url })
  t.same([data.statusCode, data.headers.allow, data.json().error], [405, 'POST', 'method_not_allowed'])
  for (const text of [page.body, data.body, ...lines]) t.notMatch(text, /canary/)
  t.ok(lines.length > 0)
  t.equal(sessions.size, 0)
})
