import type { BearerOptions } from '@latchkey/bearer'
import type { Login } from '@latchkey/login'
import type { Sessions } from '@latchkey/session'
import type { TokenEndpoint } from '@latchkey/token-endpoint'
import Fastify from 'fastify'
import latchkey, { allOf, type LatchkeyOptions } from 'latchkey'
import { memoryStore } from 'latchkey/store/memory'
import { expect, test } from 'tstyche'

test('a server has the decorators of the parts', () => {
  const app = Fastify()
  expect(app.sessions).type.toBe<Sessions>()
  expect(app.tokenEndpoint).type.toBe<TokenEndpoint>()
  expect(app.login).type.toBe<Login>()
})

test('a route has a rule, and a request a principal', () => {
  const app = Fastify()
  app.get('/items', { config: { access: allOf('items:read') } }, async (request) => {
    expect(request.principal.subject).type.toBe<string>()
  })
})

test('the options are those of the parts', () => {
  const store = memoryStore()
  expect(Fastify().register(latchkey, { origin: 'http://localhost:3000', store, session: {} })).type.not.toRaiseError()
  expect<LatchkeyOptions>().type.toBeAssignableFrom({})
  expect<NonNullable<LatchkeyOptions['bearer']>>().type.toBe<Partial<BearerOptions> | false>()
  expect<LatchkeyOptions>().type.not.toBeAssignableFrom({ login: {} })
  expect<LatchkeyOptions>().type.not.toBeAssignableFrom({ passwordGrant: {} })
  expect<LatchkeyOptions>().type.not.toBeAssignableFrom({ session: { sameSite: 'none' } })
})
