import { type Channel, channel } from 'node:diagnostics_channel'

/**
 * Why a password did not sign anybody in. `throttled`: there were too many before, and it was not looked at. `malformed`: no
 * user can have such a name or password. `refused`: `verifyPassword` did not say why. `unavailable` and `error`: it could not
 * tell.
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

/** Somebody sent a password: what this package tells on the channel `latchkey:login`. Never the name that was typed. */
export type PasswordLoginEvent = {
  readonly method: 'password'
  readonly clientId: string
} & (
  | { readonly outcome: 'ok'; readonly subject: string }
  | {
      readonly outcome: 'failed'
      readonly code: PasswordRefusal
      /** Whose password it was not, where that is known. */
      readonly subject: string | null
    }
)

export const loginChannel: Channel = channel('latchkey:login')
