import { type Channel, channel } from 'node:diagnostics_channel'
import { tell } from '@latchkey/guard/plugin'
import type { FastifyRequest } from 'fastify'
import type { LoginErrorCode } from './errors.ts'

/**
 * An event of the channel `latchkey:login`: a login or a link at a provider succeeded, or a login, a link or a logout failed.
 * There is no event for a login that `onLogin` has answered itself.
 */
export type ProviderLoginEvent = { readonly by: 'provider' } & (
  | {
      /** `login`: a session began. `link`: an identity was added to the account of a session. */
      readonly kind: 'login' | 'link'
      readonly provider: string
      readonly subject: string
    }
  | {
      /** A login, a link or a logout failed. */
      readonly kind: 'failed'
      /**
       * The codes that are not a {@link LoginErrorCode} are for failures outside of the login, such as of a store or a hook.
       */
      readonly code: LoginErrorCode | 'temporarily_unavailable' | 'invalid_request'
      /** `null` if the request names no registered provider. */
      readonly provider: string | null
    }
)

export const loginChannel: Channel = channel('latchkey:login')

const SUCCESSES = { login: 'A user logged in', link: 'A user linked an identity' } as const

/** Logs and publishes the event of a login or a link that succeeded. */
export function reportSuccess(
  { log }: FastifyRequest,
  kind: keyof typeof SUCCESSES,
  provider: string,
  subject: string
): void {
  const event = { by: 'provider', kind, provider, subject } satisfies ProviderLoginEvent
  tell(loginChannel, event, { log, message: SUCCESSES[kind] })
}
