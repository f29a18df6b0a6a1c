import type { DpopReplayStore } from '../dpop-replay.ts'
import type { RedisConnection } from './connection.ts'
import { forgottenAt } from './expiry.ts'

/** Used proofs in Redis, which removes them when they are too old. */
export function redisDpopReplay({ key, send }: RedisConnection): DpopReplayStore {
  return Object.freeze({
    async remember(name: string, expiresAt: number) {
      const set = await send('SET', key(`dpop-proof:${name}`), 1, 'NX', 'EXAT', forgottenAt(expiresAt))
      return set !== null
    },

    async forget(name: string) {
      await send('DEL', key(`dpop-proof:${name}`))
    }
  })
}
