import Fastify from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import { answerStatus, isUnavailable, NEVER_STORED, retryHeaders, tellingOf } from '@latchkey/guard/plugin'

const failed = (members: object): Error => Object.assign(new Error('no'), members)

t.test('an answer keeps the status of a fault of the client and 503, and has 500 for any other (K2.4)', async (t) => {
  const app = Fastify()
  app.setErrorHandler((error: Parameters<typeof answerStatus>[0], _request, reply) => {
    const status = answerStatus(error)
    reply.code(status).headers({ ...NEVER_STORED, ...retryHeaders(reply, status, error) })
    reply.send(tellingOf(status, 'A request'))
  })
  app.get('/', async ({ query }, reply) => {
    const { status, retryAfter, earlier } = query as { status?: string; retryAfter?: string; earlier?: string }
    if (earlier !== undefined) reply.header('retry-after', earlier)
    throw failed({ ...(status && { statusCode: Number(status) }), retryAfter: retryAfter && Number(retryAfter) })
  })
  const refused = { message: 'A request was refused' }
  const unanswered = { level: 'warn', message: 'A request could not be answered' }
  const failure = { level: 'error', message: 'A request failed' }
  for (const [query, status, retryAfter, line] of [
    ['', 500, undefined, failure],
    ['status=302', 500, undefined, failure],
    ['status=399', 500, undefined, failure],
    ['status=502&retryAfter=7', 500, undefined, failure],
    ['status=400&retryAfter=7', 400, undefined, refused],
    ['status=499', 499, undefined, refused],
    ['status=429', 429, '5', refused],
    ['status=429&retryAfter=7', 429, '7', refused],
    ['status=429&earlier=60', 429, '60', refused],
    ['status=503&retryAfter=0', 503, '0', unanswered],
    ['status=503&retryAfter=1.5', 503, '2', unanswered],
    ['status=503&retryAfter=-1', 503, '5', unanswered],
    ['status=503&retryAfter=1e300', 503, '5', unanswered],
    ['status=503&retryAfter=NaN', 503, '5', unanswered]
  ] as const) {
    const { statusCode, headers, body } = await app.inject(`/?${query}`)
    like(t, headers, { 'cache-control': 'no-store', pragma: 'no-cache' })
    t.same([statusCode, headers['retry-after'], JSON.parse(body)], [status, retryAfter, line], query)
  }
})

t.test('only an error with the status 503 is one of a store or an upstream that is down', async (t) => {
  t.same(
    [failed({ statusCode: 503 }), failed({ statusCode: 500 }), failed({}), { statusCode: 503 }, null, undefined].map(
      isUnavailable
    ),
    [true, false, false, false, false, false]
  )
})
