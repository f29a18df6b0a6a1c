import t from 'tap'
import * as guard from '@latchkey/guard'

const MOST_VALUES = 24
// The checks of options: they are no part of the public face.
const CHECKS = ['checkOptions', 'must', 'mustBeFunction', 'mustBeInteger', 'optional']

t.test(`@latchkey/guard exports at most ${MOST_VALUES} values; the rest are in @latchkey/guard/plugin`, async (t) => {
  const values = Object.keys(guard).filter((name) => !CHECKS.includes(name))
  t.same(values, [
    'AnonymousPrincipalError',
    'AuthenticationRequiredError',
    'CrossSiteRequestError',
    'GuardFailureError',
    'InsufficientScopeError',
    'InsufficientUserAuthenticationError',
    'InvalidDpopProofError',
    'InvalidOptionError',
    'InvalidRequestError',
    'InvalidTokenError',
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
