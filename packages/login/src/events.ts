import { type Channel, channel } from 'node:diagnostics_channel'
import type { LoginErrorCode } from './errors.ts'

/**
 * Somebody came back from a provider, or was turned away: what this package tells on the channel `latchkey:login`. Nothing is
 * told of a login that `onLogin` has answered itself.
 */
export type ProviderLoginEvent = { readonly method: 'provider' } & (
  | {
      readonly outcome: 'ok'
      /** A session, or one more way into an account that has one. */
      readonly kind: 'login' | 'link'
      readonly provider: string
      readonly subject: string
    }
  | {
      /** A login, a link or a logout came to nothing. */
      readonly outcome: 'failed'
      /** Those that are no {@link LoginErrorCode} are of failures outside of the login: of a store, of a hook. */
      readonly code: LoginErrorCode | 'temporarily_unavailable' | 'invalid_request'
      /** `null` where the request names none that is registered. */
      readonly provider: string | null
    }
)

export const loginChannel: Channel = channel('latchkey:login')
