import { CLOCK_TOLERANCE } from '../clock.ts'
import type { DpopReplayStore } from '../dpop-replay.ts'
import type { RedisConnection } from './connection.ts'

/** Used proofs in Redis, which removes them when they are too old. */
export function redisDpopReplay({ key, send }: RedisConnection): DpopReplayStore {
  return Object.freeze({
    async remember(name: string, expiresAt: number) {
      const set = await send('SET', key(`dpop-proof:${name}`), 1, 'NX', 'EXAT', expiresAt + CLOCK_TOLERANCE)
      return set !== null
    },

    async forget(name: string) {
      await send('DEL', key(`dpop-proof:${name}`))
    }
  })
}
