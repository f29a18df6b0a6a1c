/**
 * A JSON Web Key Set. Unknown members and unusable keys are allowed.
 *
 * @see [RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5)
 */
export interface JwkSet {
  readonly keys: readonly object[]
}

/** Whether a value is an object with a list of keys. Does NOT check the keys. */
export function isJwkSet(value: unknown): value is JwkSet {
  return typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys)
}
