import { type Channel, channel } from 'node:diagnostics_channel'

/**
 * The failures that were counted together, in an event of the channel `latchkey:throttle`. A site is an IPv4 address, or the
 * /48 of an IPv6 address.
 */
export type ThrottledLimit = 'address' | 'account' | 'account and address' | 'account and site'

/**
 * An attempt was throttled, or an account reached its limit of failures from all addresses. Published on `latchkey:throttle`.
 */
export type ThrottleEvent = {
  /** The purpose of the throttle: `passwords`, `client secrets`. */
  readonly throttle: string
  /** A hash of the account. Equal accounts have equal hashes. */
  readonly account: string
  /** `null` if the guess names no client, and in events about random secrets, because the client has not authenticated. */
  readonly clientId: string | null
} & (
  | {
      readonly kind: 'throttled'
      readonly limit: ThrottledLimit
      /** In seconds. */
      readonly retryAfter: number
    }
  | { readonly kind: 'under-attack' }
)

export const throttleChannel: Channel = channel('latchkey:throttle')
