import { type Channel, channel } from 'node:diagnostics_channel'
import { type Telling, tell } from '@latchkey/guard/plugin'

/**
 * A login with a password, or a request of the account, failed before or after the password was verified. Published on the channel `latchkey:login`. The
 * events of the verification itself are the `PasswordLoginEvent` of `@latchkey/passwords`.
 */
export interface PasswordRequestEvent {
  readonly by: 'password'
  readonly kind: 'failed'
  /** No OAuth client takes part. */
  readonly clientId: null
  /**
   * `cross_site_request`: a page of another site sent the request. `malformed`: the request cannot be read, or has another
   * method. `no_session`: the route needs a session, or a recent login. `invalid_link`: the link of a mail does not work. `refused_value`: a new
   * password or user name cannot be used. `unverified_email`: the password was right, and the address is not verified.
   * `throttled`, `unavailable` and `error`: there were too many requests, a hook of the application failed, or the session could
   * not be started.
   */
  readonly code:
    | 'cross_site_request'
    | 'malformed'
    | 'no_session'
    | 'invalid_link'
    | 'refused_value'
    | 'unverified_email'
    | 'throttled'
    | 'unavailable'
    | 'error'
  readonly subject: null
}

const loginChannel: Channel = channel('latchkey:login')

/** Publishes and logs a {@link PasswordRequestEvent}. */
export function tellFailure(code: PasswordRequestEvent['code'], telling: Telling): void {
  const event = { by: 'password', kind: 'failed', clientId: null, code, subject: null } satisfies PasswordRequestEvent
  tell(loginChannel, event, telling)
}
