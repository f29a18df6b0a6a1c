import { type Channel, channel } from 'node:diagnostics_channel'

/** Why a key was refused. `unknown`: it was never created, or it was revoked. `malformed`: its form or its checksum is wrong. */
export type ApiKeyRefusal = 'malformed' | 'unknown' | 'expired'

/** An event of the channel `latchkey:api-key`. It never contains a key or a part of one. */
export type ApiKeyEvent =
  | {
      readonly kind: 'created'
      readonly subject: string
      /** The `correlationId()` of the key's `id`, the same in all events of a key. */
      readonly key: string
    }
  /** `app.apiKeys.revoke()`. */
  | { readonly kind: 'revoked'; readonly subject: string; readonly key: string }
  /** `app.apiKeys.revokeAll()`. */
  | { readonly kind: 'all-revoked'; readonly subject: string }
  /** A request was refused. The guard logs it; this event is not logged. */
  | {
      readonly kind: 'refused'
      readonly code: ApiKeyRefusal
      /** `null` for a key that is malformed or unknown. */
      readonly subject: string | null
      /** `null` for a malformed key. */
      readonly key: string | null
    }

export const apiKeyChannel: Channel = channel('latchkey:api-key')
