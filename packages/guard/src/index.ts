export type { Authenticator, WantedLogin } from './authenticator.ts'
export { type ErrorClass, type ErrorClassOptions, errorClass, ReasonError } from './error-class.ts'
export {
  AnonymousPrincipalError,
  AuthenticationRequiredError,
  type BearerErrorCode,
  CrossSiteRequestError,
  GuardFailureError,
  InsufficientScopeError,
  InsufficientUserAuthenticationError,
  InvalidDpopProofError,
  InvalidOptionError,
  InvalidRequestError,
  InvalidTokenError,
  RouteAccessError,
  TooManyRequestsError,
  UnavailableError
} from './errors.ts'
export { clientNetwork, networkOf } from './client-network.ts'
export { cookiePairs } from './cookie-pairs.ts'
export { correlationId } from './correlation-id.ts'
export { checkOptions, must, mustBeFunction, mustBeInteger, type OptionCheck, optional } from './check-options.ts'
export type { AuthenticationEvent, AuthorizationEvent } from './events.ts'
export { type DeclaredRoute, type GuardedRoute, type RuleSource, routesSoFar } from './inventory.ts'
export { loggedWithoutQuery } from './redaction/logged-request.ts'
export type { GuardOptions } from './options.ts'
export { isOrigin } from './origin.ts'
export type { Guard } from './plugin.ts'
export type { Authentication, Principal, PrincipalTypes, PrincipalUser } from './principal.ts'
export type { ProtectedResource } from './protected-resource.ts'
export { type ProtocolAnswer, sendProtocolAnswer } from './protocol/answer.ts'
export { readAhead } from './protocol/body.ts'
export { answerAsProtocol, type ProtocolRoute, protocolRoute } from './protocol/route.ts'
export { readonlyScopes } from './readonly-scopes.ts'
export { redactedError } from './redaction/redacted-error.ts'
export { safeReturnTo } from './return-to.ts'
export {
  type AccessRule,
  type Alternative,
  allOf,
  alternatives,
  anyOf,
  authenticated,
  everyone,
  isAccessRule,
  noAuthentication,
  recentLogin
} from './rules.ts'
export type { ScopeHierarchy } from './scope-catalog.ts'
export { formatScope, isScopeToken, parseScope, scopeTokens } from './scope.ts'
export type { DocumentedScheme, OAuthFlows, ScopeDescriptions, SecurityScheme } from './security-scheme.ts'
export { neverStored } from './settled-headers.ts'
export { type Telling, tell } from './tell.ts'
export { default } from './plugin.ts'
