import t from 'tap'
import { LoginError, LoginRefusedError, RegistrationError } from '@latchkey/login'

t.test('a LoginError is not a LoginRefusedError (K29.1)', async (t) => {
  t.notOk(new LoginError('provider_timeout') instanceof LoginRefusedError)
  t.notOk(new LoginError('login_refused') instanceof RegistrationError)
  t.ok(new LoginRefusedError('for the log') instanceof LoginError)
})
