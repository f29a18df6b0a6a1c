import t from 'tap'
import { LoginError, LoginRefusedError, RegistrationError } from '@latchkey/login'

t.test('a LoginError is not a LoginRefusedError (K29.1)', async (t) => {
  t.notOk(new LoginError('provider_timeout') instanceof LoginRefusedError)
  t.notOk(new LoginError('login_refused') instanceof RegistrationError)
  t.ok(new LoginRefusedError('for the log') instanceof LoginError)
})

t.test('the retryAfter of a LoginError is a whole number of seconds', async (t) => {
  const told = (retryAfter?: number) => new LoginError('provider_unavailable', { retryAfter }).retryAfter
  t.same(
    [told(), told(0), told(1.5), told(90_000), told(-1), told(Infinity), told(Number.NaN)],
    [5, 0, 2, 90_000, 5, 5, 5]
  )
})
