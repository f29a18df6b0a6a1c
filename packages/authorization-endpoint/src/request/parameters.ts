import { AuthorizationError } from '../errors.ts'

/** The parameters of an authorization request. Each was sent once, and none is empty. */
export interface Parameters {
  readonly values: ReadonlyMap<string, string>
  /** The values of `resource`, the only parameter that may be repeated. It is not in `values`. */
  readonly resources: readonly string[]
  /** The name of a parameter that was sent twice; `null` for none. */
  readonly repeated: string | null
}

const MOST_PARAMETERS = 32
/** The parameters whose text is kept. All others are compared with known values, or are unknown and ignored. */
const KEPT = ['state', 'scope', 'login_hint']
const LONGEST_VALUE = 2048

/**
 * Reads the parameters of a query or a form. "Parameters sent without a value MUST be treated as if they were omitted", and
 * parameters "MUST NOT be included more than once", except `resource`. Does not throw for a repeated parameter: the error must
 * go to the client, which the other parameters name.
 *
 * @see [RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1), [RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)
 */
export function readParameters(sent: Iterable<readonly [name: string, value: string]>): Parameters {
  const values = new Map<string, string>()
  const seen = new Set<string>()
  const resources: string[] = []
  let repeated: string | null = null
  for (const [name, value] of sent) {
    if (name === 'resource') {
      if (value !== '') resources.push(value)
      continue
    }
    if (seen.has(name)) repeated = name
    seen.add(name)
    if (value !== '') values.set(name, value)
  }
  return { values, resources, repeated }
}

/**
 * Checks the number of the parameters, and the texts that are kept. "The authorization server MUST ignore unrecognized request
 * parameters."
 *
 * @throws AuthorizationError `invalid_request`
 */
export function checkParameters({ values, resources, repeated }: Parameters): void {
  if (repeated !== null) throw new AuthorizationError('invalid_request', 'A parameter is repeated')
  if (values.size + resources.length > MOST_PARAMETERS) {
    throw new AuthorizationError('invalid_request', 'The request has too many parameters')
  }
  for (const value of KEPT.map((name) => values.get(name) ?? '')) {
    if (value.length > LONGEST_VALUE) throw new AuthorizationError('invalid_request', 'A parameter is too long')
    if (!isPrintable(value)) throw new AuthorizationError('invalid_request', 'A parameter has a control character')
  }
}

function isPrintable(value: string): boolean {
  return !/[\p{Cc}\u2028\u2029]/u.test(value)
}
