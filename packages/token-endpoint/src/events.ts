import { type Channel, channel } from 'node:diagnostics_channel'
import type { TokenErrorCode } from './errors.ts'

/** Tokens were issued: on the channel `latchkey:token`. */
export interface TokensIssued {
  readonly kind: 'issued'
  /** As a registered grant names it. */
  readonly grantType: string
  readonly clientId: string
  readonly subject: string
  /**
   * The `correlationId()` of the family: the same for all tokens of one sign-in. The `jti` of an access token begins with the
   * family and a dot.
   */
  readonly family: string
}

/** A request to the token, revocation or introspection endpoint was refused: on the channel `latchkey:token`. */
export interface TokenRequestRefused {
  readonly kind: 'refused'
  readonly code: TokenErrorCode
  readonly statusCode: number
  /** The route as it was registered. */
  readonly route: string
  /** Who asked, once that was known; `null` for a client that is unknown or did not authenticate. */
  readonly clientId: string | null
}

/** A refresh token was presented that had been used before: somebody has a copy. On the channel `latchkey:token`. */
export interface RefreshTokenReused {
  readonly kind: 'reused'
  readonly clientId: string
  readonly subject: string
  readonly family: string
}

/** What the channel `latchkey:token` carries. */
export type TokenEvent = TokensIssued | TokenRequestRefused | RefreshTokenReused

/**
 * Which failures were counted together: on the channel `latchkey:throttle`. A site is an IPv4 address or the /48 of an
 * IPv6 one.
 */
export type ThrottleLimit = 'address' | 'account' | 'account and address' | 'account and site'

/** Attempts were held back, or an account failed from everywhere: what the channel `latchkey:throttle` carries. */
export type ThrottleEvent = {
  /** What is guessed at, as `app.tokenEndpoint.throttle()` was told: `passwords`, `client secrets`. */
  readonly throttle: string
  /** A hash of what was guessed at: the same for the same account. */
  readonly account: string
  /** `null` where the client has not proved that it is one. */
  readonly clientId: string | null
} & (
  | {
      readonly kind: 'throttled'
      readonly limit: ThrottleLimit
      /** In seconds. */
      readonly retryAfter: number
    }
  | { readonly kind: 'under-attack' }
)

/** Tokens were taken back: what the channel `latchkey:revocation` carries. Told once the store has it. */
export type RevocationEvent =
  | {
      readonly kind: 'token'
      /** The `correlationId()` of the access token's `jti`. */
      readonly token: string
      readonly clientId: string
      readonly subject: string
    }
  | {
      readonly kind: 'family'
      readonly family: string
      readonly clientId: string
      readonly subject: string
      /** The client asked for it; a refresh token was used twice; the subject was revoked while signing in. */
      readonly reason: 'requested' | 'reuse' | 'overtaken'
    }
  | { readonly kind: 'subject'; readonly subject: string }

/** What the channel `latchkey:key-rotation` carries. */
export type KeyRotationEvent =
  | {
      /** This process made a signing key. Other processes do not tell of it. */
      readonly kind: 'made'
      readonly kid: string
      /** From when it signs, in seconds since the epoch. */
      readonly activeFrom: number
      /** Whether `rotateKeys()` asked for it. */
      readonly forced: boolean
    }
  | {
      /** There is a key in the store that no secret opens. It is not used. */
      readonly kind: 'unreadable'
      readonly kid: string
    }

export const tokenChannel: Channel = channel('latchkey:token')
export const throttleChannel: Channel = channel('latchkey:throttle')
export const revocationChannel: Channel = channel('latchkey:revocation')
export const keyRotationChannel: Channel = channel('latchkey:key-rotation')
