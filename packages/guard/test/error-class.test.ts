import createError from '@fastify/error'
import Fastify from 'fastify'
import t from 'tap'
import { errorClass, InsufficientScopeError, InvalidOptionError } from '@latchkey/guard'

class SoldOutError extends errorClass<[item: string, options?: { cause: unknown }]>(
  'SHOP_SOLD_OUT',
  '%s is gone',
  409
) {}

t.test('an error is like those of @fastify/error (K29.1)', async (t) => {
  const cause = new Error('the reason')
  const error = new SoldOutError('Tea', { cause })
  const { code, name, message, statusCode } = error
  t.same(
    { code, name, message, statusCode },
    { code: 'SHOP_SOLD_OUT', name: 'FastifyError', message: 'Tea is gone', statusCode: 409 }
  )
  t.equal(error.cause, cause)
  t.equal(error.toString(), 'FastifyError [SHOP_SOLD_OUT]: Tea is gone')
  t.ok(error instanceof createError.FastifyError)
  t.match(error.stack, /error-class\.test/)
})

t.test('instanceof follows the prototype chain (K29.1)', async (t) => {
  class TeaSoldOutError extends SoldOutError {}
  t.ok(new TeaSoldOutError('Tea') instanceof SoldOutError)
  t.notOk(new SoldOutError('Tea') instanceof TeaSoldOutError)
  for (const value of [null, undefined, 'SHOP_SOLD_OUT', { code: 'SHOP_SOLD_OUT' }])
    t.notOk((value as unknown) instanceof SoldOutError)
})

t.test(
  'an error has another base where the class has one, and no stack where it is to have none (K29.1)',
  async (t) => {
    t.ok(new InvalidOptionError('plugin', 'option', 'must be') instanceof TypeError)
    t.equal(new InsufficientScopeError([]).stack, undefined)
  }
)

t.test('Fastify answers with the status, the code and the message (K29.1)', async (t) => {
  const app = Fastify()
  app.get('/', async () => {
    throw new SoldOutError('Tea')
  })
  const response = await app.inject('/')
  t.equal(response.statusCode, 409)
  t.same(response.json(), { statusCode: 409, code: 'SHOP_SOLD_OUT', error: 'Conflict', message: 'Tea is gone' })
})
