import { type Channel, channel } from 'node:diagnostics_channel'

/**
 * What the channel `latchkey:session` carries. Told once the store has it. Does not say whether a session that was ended
 * was still going on.
 */
export type SessionEvent =
  | {
      readonly kind: 'started'
      readonly subject: string
      /** The `correlationId()` of the session's `id`: the same in all events of one session. */
      readonly session: string
    }
  | {
      readonly kind: 'ended'
      readonly subject: string
      readonly session: string
      /** `signOut()`; a sign-in that took its place; `app.session.end()`. */
      readonly reason: 'signed-out' | 'replaced' | 'requested'
    }
  /** `app.session.revokeAll()`. */
  | { readonly kind: 'all-ended'; readonly subject: string }
  /** `app.session.revokeUpstream()`: all sessions that came of one session at a provider. */
  | {
      readonly kind: 'upstream-ended'
      readonly issuer: string
      /** The `correlationId()` of the provider's `sid`. */
      readonly upstream: string
    }

export const sessionChannel: Channel = channel('latchkey:session')
