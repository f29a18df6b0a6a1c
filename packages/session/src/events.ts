import { type Channel, channel } from 'node:diagnostics_channel'

/**
 * What the channel `latchkey:session` carries. Told once the store has it. Does not say whether a session that was ended
 * was still going on.
 */
export type SessionEvent =
  | {
      readonly kind: 'started'
      readonly subject: string
      /** A hash of the session's identifier: the same in all that is told of one session. */
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
  /** `app.session.revokeUpstream()`: all that came of one session at this issuer. */
  | { readonly kind: 'upstream-ended'; readonly issuer: string }

export const sessionChannel: Channel = channel('latchkey:session')
