import { TokenError } from './errors.ts'

/**
 * Returns a parameter that the request must have. For grants. An empty parameter counts as missing, and a repeated one was refused
 * before the grant runs.
 *
 * @param parameters - the parameters of the request
 * @throws TokenError `invalid_request` when the parameter is missing; the description names it
 * @example
 * ```ts
 * const pin = requiredParameter('pin', parameters)
 * ```
 * @see [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)
 */
export function requiredParameter(name: string, parameters: ReadonlyMap<string, string>): string {
  const value = parameters.get(name)
  if (value === undefined) throw new TokenError('invalid_request', `${name} is missing`)
  return value
}
