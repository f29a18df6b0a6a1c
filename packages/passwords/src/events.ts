import { type Channel, channel } from 'node:diagnostics_channel'

/**
 * Why a sign-in with a password failed. `throttled`: too many attempts had failed, and the password was not checked.
 * `malformed`: no user can have such a name or password. `refused`: `verifyPassword` gave no reason. `unavailable` and `error`:
 * the password could not be checked.
 */
export type PasswordRefusal =
  | 'unknown_user'
  | 'wrong_password'
  | 'no_usable_hash'
  | 'disabled_user'
  | 'malformed'
  | 'refused'
  | 'throttled'
  | 'unavailable'
  | 'error'

/** A password was sent. Published on the channel `latchkey:login`. Never contains the name that was typed. */
export type PasswordLoginEvent = {
  readonly by: 'password'
  /** The OAuth client that sent the password; `null` if none took part. */
  readonly clientId: string | null
} & (
  | { readonly kind: 'login'; readonly subject: string }
  | {
      readonly kind: 'failed'
      readonly code: PasswordRefusal
      /** The user whose password was wrong; `null` if that is not known. */
      readonly subject: string | null
    }
)

export const loginChannel: Channel = channel('latchkey:login')
