import { type ErrorClass, refusalClass } from '@latchkey/guard/plugin'

const Request: ErrorClass<[fault: string]> = refusalClass('LATCHKEY_API_KEY_REQUEST', '%s', 400)
const Limit: ErrorClass<[most: number]> = refusalClass(
  'LATCHKEY_API_KEY_LIMIT',
  'There are %s API keys already. Revoke one of them first',
  409
)
const Missing: ErrorClass<[]> = refusalClass('LATCHKEY_API_KEY_NOT_FOUND', 'There is no such API key', 404)
const NoSession: ErrorClass<[]> = refusalClass(
  'LATCHKEY_API_KEY_NEEDS_SESSION',
  'API keys are managed with a session only',
  403
)

/** The properties of a new key are wrong: 400. The message names the property, and contains no value. Nothing was stored. */
export class ApiKeyRequestError extends Request {}

/** The subject has `maxPerSubject` keys: 409. No key was created. */
export class ApiKeyLimitError extends Limit {}

/** The subject has no key with this `id`: 404 of the route that revokes one. */
export class ApiKeyNotFoundError extends Missing {}

/** An API key or a token was sent to a route that manages keys: 403. */
export class ApiKeyNeedsSessionError extends NoSession {}
