// The values for authors of plugins and authenticators: the subpath `@latchkey/guard/plugin`.
export { networkOf } from './client-network.ts'
export { cookiePairs } from './cookie-pairs.ts'
export {
  type Described,
  type ErrorClass,
  type ErrorClassOptions,
  errorClass,
  ReasonError,
  refusalClass
} from '@latchkey/options'
export { RevocationFailedError, wholeSeconds } from './errors.ts'
export { headerValues } from './header-values.ts'
export { addInspection, type InspectedPlugin, type Inspection, inspections } from './inspection.ts'
export { type DeclaredRoute, routesSoFar } from './inventory.ts'
export { pathIn } from './path-in.ts'
export { type ProtocolAnswer, sendProtocolAnswer } from './protocol/answer.ts'
export { readAhead } from './protocol/body.ts'
export { answerStatus, isUnavailable, NEVER_STORED, retryHeaders, tellingOf } from './protocol/failure.ts'
export { type OtherMethods, otherMethods } from './protocol/other-methods.ts'
export { addPreflightRoute, answerAsProtocol, type ProtocolRoute, protocolRoute } from './protocol/route.ts'
export { readonlyScopes } from './readonly-scopes.ts'
export { loggedWithoutQuery } from './redaction/logged-request.ts'
export { redactedError } from './redaction/redacted-error.ts'
export { isRefusal } from './refusal.ts'
export { type RequestCredentials, requestCredentials } from './request-credentials.ts'
export type { Revocation } from './revocation.ts'
export { addRevocation } from './revoke-all.ts'
export { type Alternative, alternatives, isAccessRule } from './rules.ts'
export { formatScope, isScopeToken, parseRequestedScope, parseScope, scopeTokens } from './scope.ts'
export { sha256 } from './sha256.ts'
export { type LatchkeyEvent, type Telling, tell } from './tell.ts'
