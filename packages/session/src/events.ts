import { type Channel, channel } from 'node:diagnostics_channel'

/**
 * An event of the channel `latchkey:session`. It is published after the store has the change. Does not contain whether an ended
 * session was still live.
 */
export type SessionEvent =
  | {
      readonly kind: 'started'
      readonly subject: string
      /** The `correlationId()` of the session's `id`, the same in all events of a session. */
      readonly session: string
    }
  | {
      readonly kind: 'ended'
      readonly subject: string
      readonly session: string
      /** `signed-out`: by `signOut()`. `replaced`: by a new sign-in. `requested`: by `app.sessions.end()`. */
      readonly reason: 'signed-out' | 'replaced' | 'requested'
    }
  /** `app.sessions.revokeAll()`. */
  | { readonly kind: 'all-ended'; readonly subject: string }
  /** `app.sessions.revokeUpstream()`: all sessions that came from one session at a provider. */
  | {
      readonly kind: 'upstream-ended'
      readonly issuer: string
      /** The `correlationId()` of the provider's `sid`. */
      readonly upstream: string
    }

export const sessionChannel: Channel = channel('latchkey:session')
