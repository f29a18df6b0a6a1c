import passwordLogin, { type PasswordLogin, type PasswordLoginOptions } from '@latchkey/password-login'
import type { PasswordAttempts } from '@latchkey/passwords'
import { memoryStore } from '@latchkey/store/memory'
import Fastify from 'fastify'
import { expect, test } from 'tstyche'

test('a server has a login with a password', () => {
  const app = Fastify()
  expect(app.passwordLogin).type.toBe<PasswordLogin>()
  expect(app.passwordLogin.url).type.toBe<string>()
  expect(app.passwordLogin.attempts).type.toBe<PasswordAttempts>()
})

test('a server registers it with a store and a function', () => {
  const app = Fastify()
  const store = memoryStore()
  const verifyPassword = async ({ username }: { username: string }) =>
    username === 'alice' ? { subject: '1', scopes: [] } : null
  expect(app.register(passwordLogin, { store, verifyPassword })).type.not.toRaiseError()
  expect<PasswordLoginOptions>().type.not.toBeAssignableFrom({ store })
  expect<PasswordLoginOptions>().type.not.toBeAssignableFrom({ verifyPassword })
  expect<PasswordLoginOptions>().type.toBeAssignableFrom({
    store,
    verifyPassword,
    rememberMe: { notRemembered: { idle: 3600 } }
  })
  expect<PasswordLoginOptions>().type.not.toBeAssignableFrom({ store, verifyPassword, rememberMe: { idle: 3600 } })
})
