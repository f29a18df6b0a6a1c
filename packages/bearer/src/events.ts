import { type Channel, channel } from 'node:diagnostics_channel'
import { tell } from '@latchkey/guard/plugin'

/**
 * An event of the channel `latchkey:token-memory`, for metrics: one for each presented token that is well-formed. It is not
 * logged.
 */
export interface TokenMemoryEvent {
  /** `hit`: the token was remembered. `miss`: it was verified or introspected, and was valid or not. */
  readonly kind: 'hit' | 'miss'
  /** `verified`: the memory of JWTs that were verified. `introspected`: that of the answers to introspection. */
  readonly memory: 'verified' | 'introspected'
  /** The number of valid tokens that are remembered now. */
  readonly size: number
}

const memoryChannel: Channel = channel('latchkey:token-memory')

/** Publishes a {@link TokenMemoryEvent}. Costs nothing without subscribers. */
export function announceMemory(
  kind: TokenMemoryEvent['kind'],
  memory: TokenMemoryEvent['memory'],
  { size }: { readonly size: number }
): void {
  if (!memoryChannel.hasSubscribers) return
  const event = { kind, memory, size } satisfies TokenMemoryEvent
  tell(memoryChannel, event)
}
