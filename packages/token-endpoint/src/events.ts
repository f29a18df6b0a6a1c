import { type Channel, channel } from 'node:diagnostics_channel'
import type { TokenErrorCode } from './errors.ts'

/** Tokens were issued. Published on the channel `latchkey:token`. */
export interface TokensIssued {
  readonly kind: 'issued'
  /** The `grantType` of the registered grant. */
  readonly grantType: string
  readonly clientId: string
  readonly subject: string
  /**
   * The `correlationId()` of the family, the same for all tokens of one sign-in. The family is the part of an access token's
   * `jti` before the dot.
   */
  readonly family: string
}

/** A request to the token, revocation or introspection endpoint was refused. Published on the channel `latchkey:token`. */
export interface TokenRequestRefused {
  readonly kind: 'refused'
  readonly code: TokenErrorCode
  readonly statusCode: number
  /** The route as it was registered. */
  readonly route: string
  /** The client, if it is known; `null` for a client that is unknown or did not authenticate. */
  readonly clientId: string | null
}

/** A used refresh token was presented again, so a copy of it exists. Published on the channel `latchkey:token`. */
export interface RefreshTokenReused {
  readonly kind: 'reused'
  readonly clientId: string
  readonly subject: string
  readonly family: string
}

/** The events of the channel `latchkey:token`. */
export type TokenEvent = TokensIssued | TokenRequestRefused | RefreshTokenReused

/** Tokens were revoked. Published on the channel `latchkey:revocation`, after the store has the revocation. */
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
      /**
       * `requested`: the client asked for it. `reuse`: a refresh token was used twice. `overtaken`: the subject or the family was
       * revoked during the sign-in. `subject-refused`: `subjectScopes` returned `null` at a refresh.
       */
      readonly reason: 'requested' | 'reuse' | 'overtaken' | 'subject-refused'
    }
  | {
      readonly kind: 'family'
      readonly family: string
      /** Not known. */
      readonly clientId: null
      /** Not known. */
      readonly subject: null
      /** A plugin or the application called `app.tokenEndpoint.revokeFamily()`. */
      readonly reason: 'application'
    }
  | { readonly kind: 'subject'; readonly subject: string }

/** The events of the channel `latchkey:key-rotation`. */
export type KeyRotationEvent =
  | {
      /** This process made a signing key. Other processes do not publish this event. */
      readonly kind: 'made'
      readonly kid: string
      /** When the key begins to sign, in seconds since the epoch. */
      readonly activeFrom: number
      /** Whether `rotateKeys()` made the key. */
      readonly forced: boolean
    }
  | {
      /** The store has a key that none of the secrets decrypts. The key is not used. */
      readonly kind: 'unreadable'
      readonly kid: string
    }

export const tokenChannel: Channel = channel('latchkey:token')
export const revocationChannel: Channel = channel('latchkey:revocation')
export const keyRotationChannel: Channel = channel('latchkey:key-rotation')
