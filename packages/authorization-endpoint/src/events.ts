import { type Channel, channel } from 'node:diagnostics_channel'
import { type Telling, tell } from '@latchkey/guard/plugin'

/** The events of the channel `latchkey:client-authorization`. */
export type ClientAuthorizationEvent =
  | {
      /** A client got an authorization code, or a user allowed a device. */
      readonly kind: 'granted'
      readonly clientId: string
      readonly subject: string
      readonly scopes: readonly string[]
    }
  | {
      /** The user refused the consent. */
      readonly kind: 'denied'
      readonly clientId: string
      readonly subject: string
    }
  | {
      /** A request was refused. */
      readonly kind: 'refused'
      readonly clientId: string | null
      readonly code: string
      readonly statusCode: number
    }
  | {
      /** A used code, or device code, was presented again, so a copy of it exists. The tokens of the first use are revoked. */
      readonly kind: 'code-reused'
      readonly clientId: string
      readonly subject: string
      /** The `correlationId()` of the family of the tokens. */
      readonly family: string
    }
  | {
      /** The user, or the application, withdrew the consent for a client. */
      readonly kind: 'withdrawn'
      readonly clientId: string
      readonly subject: string
    }
  | {
      /** A client registered itself, or removed its registration. */
      readonly kind: 'client-registered' | 'client-removed'
      readonly clientId: string
    }

const authorizationChannel: Channel = channel('latchkey:client-authorization')

/** Publishes and logs a {@link ClientAuthorizationEvent}. */
export function tellAuthorization(event: ClientAuthorizationEvent, telling: Telling): void {
  tell(authorizationChannel, event, telling)
}
