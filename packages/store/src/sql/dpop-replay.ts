import type { DpopReplayStore } from '../dpop-replay.ts'
import type { SqlDatabase } from './database.ts'
import { MOST_AT_ONCE, sqlSweeper } from './sweep.ts'

/** Used proofs in a SQL database. The primary key makes sure that a key is stored once. */
export function sqlDpopReplay(database: SqlDatabase): DpopReplayStore {
  const { db, locksRows } = database
  const sweep = sqlSweeper(database, forgetExpired)

  return Object.freeze({
    async remember(key: string, expiresAt: number) {
      await sweep()
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('latchkey_dpop_proof')
        .values({ key, expires_at: expiresAt })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .executeTakeFirst()
      return numInsertedOrUpdatedRows === 1n
    },

    async forget(key: string) {
      await db.deleteFrom('latchkey_dpop_proof').where('key', '=', key).execute()
    }
  })

  async function forgetExpired(until: number): Promise<number> {
    const keys = db
      .selectFrom('latchkey_dpop_proof')
      .select('key')
      .where('expires_at', '<=', until)
      .limit(MOST_AT_ONCE)
      .$if(locksRows, (query) => query.forUpdate().skipLocked())
    return Number(
      (await db.deleteFrom('latchkey_dpop_proof').where('key', 'in', keys).executeTakeFirst()).numDeletedRows
    )
  }
}
