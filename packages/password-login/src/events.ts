import { type Channel, channel } from 'node:diagnostics_channel'
import { type Telling, tell } from '@latchkey/guard/plugin'
import type { PasswordLoginErrorCode } from './errors.ts'

/**
 * Why a login failed. `refused`: the user or the password is wrong. `malformed`: the request cannot be read. `throttled`: too
 * many attempts had failed, and the password was not checked. `unavailable` and `error`: it could not be checked.
 */
export type PasswordFailure = 'refused' | 'malformed' | 'cross_site_request' | 'throttled' | 'unavailable' | 'error'

const FAILURES: Readonly<Record<PasswordLoginErrorCode, PasswordFailure>> = {
  invalid_credentials: 'refused',
  invalid_request: 'malformed',
  cross_site_request: 'cross_site_request',
  too_many_attempts: 'throttled',
  temporarily_unavailable: 'unavailable',
  server_error: 'error'
}

/**
 * A login with a password through a browser's form or a program's JSON. Published on the channel `latchkey:login`. Never
 * contains the name that was typed.
 */
export type PasswordSessionEvent = {
  readonly by: 'password'
  /** No OAuth client takes part. */
  readonly clientId: null
} & (
  | { readonly kind: 'login'; readonly subject: string }
  | {
      readonly kind: 'failed'
      readonly code: PasswordFailure
      /** The user whose password was wrong; `null` if that is not known. */
      readonly subject: string | null
    }
)

const loginChannel: Channel = channel('latchkey:login')

/** Publishes and logs a {@link PasswordSessionEvent}. */
export function tellLogin(
  fact: { kind: 'login'; subject: string } | { kind: 'failed'; code: PasswordFailure; subject: string | null },
  telling: Telling
): void {
  const event: PasswordSessionEvent = { by: 'password', clientId: null, ...fact }
  tell(loginChannel, event, telling)
}

/** Returns the code of the event for an error. */
export function failureOf(error: PasswordLoginErrorCode): PasswordFailure {
  return FAILURES[error]
}
