import { AuthorizationError } from '../errors.ts'

/** The question that the client wants the user to be asked. */
export type Prompt = 'none' | 'login' | 'consent' | 'select_account'

const PROMPTS: readonly string[] = ['none', 'login', 'consent', 'select_account'] satisfies Prompt[]

/**
 * Reads the parameter `prompt`. Unknown values are an error, so that a client does not believe that they have an effect.
 *
 * @throws AuthorizationError `invalid_request`, also for `none` beside another value
 * @see [OpenID Connect Core 1.0 §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)
 */
export function readPrompt(parameter: string | undefined): readonly Prompt[] {
  const values = new Set(parameter?.split(' ').filter((value) => value !== ''))
  if (![...values].every((value) => PROMPTS.includes(value))) {
    throw new AuthorizationError('invalid_request', 'The prompt is not supported')
  }
  if (values.has('none') && values.size > 1) {
    throw new AuthorizationError('invalid_request', 'The prompt none cannot be combined with another one')
  }
  return [...values] as Prompt[] // each value was found in the list
}

/**
 * Reads the parameter `max_age`, in seconds.
 *
 * @throws AuthorizationError `invalid_request` unless it is a whole number
 */
export function readMaxAge(parameter: string | undefined): number | null {
  if (parameter === undefined) return null
  if (!/^\d{1,9}$/.test(parameter))
    throw new AuthorizationError('invalid_request', 'The max_age is not a number of seconds')
  return Number(parameter)
}
