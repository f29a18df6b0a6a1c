export { RegistrationError } from '@latchkey/options'
export type { Authenticator, WantedLogin } from './authenticator.ts'
export {
  AnonymousPrincipalError,
  AuthenticationRequiredError,
  type BearerErrorCode,
  CrossSiteRequestError,
  GuardFailureError,
  InsufficientScopeError,
  InsufficientUserAuthenticationError,
  InvalidDpopProofError,
  InvalidRequestError,
  InvalidTokenError,
  RouteAccessError,
  TooManyRequestsError,
  UnavailableError
} from './errors.ts'
export { clientNetwork } from './client-network.ts'
export { correlationId } from './correlation-id.ts'
export type { LatchkeyEvent } from './tell.ts'
export type { AuthenticationEvent, AuthorizationEvent } from './events.ts'
export type { GuardedRoute, RuleSource } from './inventory.ts'
export type { GuardOptions } from './options.ts'
export type { Guard } from './guard.ts'
export type { Authentication, Principal, PrincipalTypes, PrincipalUser } from './principal.ts'
export type { ProtectedResource } from './protected-resource.ts'
export type { Revocation } from './revocation.ts'
export { safeReturnTo } from './return-to.ts'
export {
  type AccessRule,
  allOf,
  anyOf,
  authenticated,
  everyone,
  noAuthentication,
  recentLogin
} from './rules.ts'
export type { RoleScopes } from './role-catalog.ts'
export type { ScopeHierarchy } from './scope-catalog.ts'
export type { DocumentedScheme, OAuthFlows, ScopeDescriptions, SecurityScheme } from './security-scheme.ts'
export { neverStored } from './settled-headers.ts'
export { default } from './plugin.ts'
