const FAMILY_ID = /^[\w-]{1,64}$/

/** The identifiers of families, for messages. */
export const FAMILY_ID_IS = '1 to 64 letters, digits, "-" and "_"'

/** Whether a value can identify a family. Not with a dot: in the `jti` of an access token, a dot follows the identifier. */
export function isFamilyId(value: unknown): value is string {
  return typeof value === 'string' && FAMILY_ID.test(value)
}
