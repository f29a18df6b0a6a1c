import t from 'tap'
import * as guard from '@latchkey/guard'

const MOST_VALUES = 24

t.test(`@latchkey/guard exports at most ${MOST_VALUES} values; the rest are in @latchkey/guard/plugin`, async (t) => {
  const values = Object.keys(guard)
  t.same(values, [
    'AnonymousPrincipalError',
    'AuthenticationRequiredError',
    'CrossSiteRequestError',
    'GuardFailureError',
    'InsufficientScopeError',
    'InsufficientUserAuthenticationError',
    'InvalidDpopProofError',
    'InvalidRequestError',
    'InvalidTokenError',
    'RegistrationError',
    'RouteAccessError',
    'TooManyRequestsError',
    'UnavailableError',
    'allOf',
    'anyOf',
    'authenticated',
    'clientNetwork',
    'correlationId',
    'default',
    'everyone',
    'neverStored',
    'noAuthentication',
    'recentLogin',
    'safeReturnTo'
  ])
  t.ok(values.length <= MOST_VALUES)
})
