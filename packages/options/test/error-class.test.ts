import { runInNewContext } from 'node:vm'
import createError from '@fastify/error'
import Fastify from 'fastify'
import t from 'tap'
import { contains } from '@latchkey/exact'
import { errorClass, ReasonError, refusalClass } from '@latchkey/options'

class SoldOutError extends errorClass<[item: string, options?: { cause: unknown }]>(
  'SHOP_SOLD_OUT',
  '%s is gone',
  409
) {}

t.test('an error has the members of an error of @fastify/error (K29.1)', async (t) => {
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

const hostile = {
  get message(): string {
    throw new Error('must not be read')
  }
}

t.test('a cause that is not an error becomes a ReasonError without a stack (K19.1)', async (t) => {
  for (const [cause, message] of [
    ['the 100 %s reason', 'the 100 %s reason'],
    ['', ''],
    [null, 'not an error, but a value of the type object'],
    [{ secret: 'canary' }, 'not an error, but a value of the type object'],
    [7, 'not an error, but a value of the type number'],
    [hostile, 'not an error, but a value of the type object']
  ]) {
    const { cause: reason } = new SoldOutError('Tea', { cause })
    t.ok(reason instanceof ReasonError)
    const { code, stack } = reason as ReasonError
    t.same([code, (reason as ReasonError).message, stack], ['LATCHKEY_REASON', message, undefined])
  }
  t.equal(new SoldOutError('Tea', { cause: undefined }).cause, undefined)
  const foreign = runInNewContext("new Error('from another realm')") as unknown
  t.equal(new SoldOutError('Tea', { cause: foreign }).cause, foreign)
})

t.test('the log of Fastify contains the cause, and the answer does not (K19.1)', async (t) => {
  const lines: string[] = []
  const app = Fastify({ logger: { stream: { write: (line) => void lines.push(line) } } })
  app.get('/', async () => {
    throw new SoldOutError('Tea', { cause: 'the ship is late' })
  })
  const response = await app.inject('/')
  t.same([response.statusCode, response.json().message], [409, 'Tea is gone'])
  contains(t, lines.join('\n'), '"message":"Tea is gone: the ship is late"')
})

t.test('instanceof follows the prototype chain (K29.1)', async (t) => {
  class TeaSoldOutError extends SoldOutError {}
  t.ok(new TeaSoldOutError('Tea') instanceof SoldOutError)
  t.notOk(new SoldOutError('Tea') instanceof TeaSoldOutError)
  for (const value of [null, undefined, 'SHOP_SOLD_OUT', { code: 'SHOP_SOLD_OUT' }])
    t.notOk((value as unknown) instanceof SoldOutError)
})

t.test('an error has the base of its class, and no stack when its class disables it (K29.1)', async (t) => {
  class WrongTeaError extends errorClass<[]>('SHOP_WRONG_TEA', 'No such tea', 500, { base: TypeError }) {}
  t.ok(new WrongTeaError() instanceof TypeError)
  class TeaRefusedError extends refusalClass<[]>('SHOP_TEA_REFUSED', 'No tea', 403) {}
  t.equal(new TeaRefusedError().stack, undefined)
})

t.test('Fastify answers with the status, the code and the message (K29.1)', async (t) => {
  const app = Fastify()
  app.get('/', async () => {
    throw new SoldOutError('Tea')
  })
  const response = await app.inject('/')
  t.equal(response.statusCode, 409)
  t.same(response.json(), { statusCode: 409, code: 'SHOP_SOLD_OUT', error: 'Conflict', message: 'Tea is gone' })
})
