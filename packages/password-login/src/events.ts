import { type Channel, channel } from 'node:diagnostics_channel'
import { type Telling, tell } from '@latchkey/guard/plugin'
import type { PasswordLoginErrorCode } from './errors.ts'

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
      readonly code: PasswordLoginErrorCode
      /** The user whose password was wrong; `null` if that is not known. */
      readonly subject: string | null
    }
)

const loginChannel: Channel = channel('latchkey:login')

/** Publishes and logs a {@link PasswordSessionEvent}. */
export function tellLogin(
  fact: { kind: 'login'; subject: string } | { kind: 'failed'; code: PasswordLoginErrorCode; subject: string | null },
  telling: Telling
): void {
  const event: PasswordSessionEvent = { by: 'password', clientId: null, ...fact }
  tell(loginChannel, event, telling)
}
