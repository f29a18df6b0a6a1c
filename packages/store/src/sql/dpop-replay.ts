import type { DpopReplayStore } from '../dpop-replay.ts'
import type { SqlDatabase } from './database.ts'
import { isInserted } from './failure.ts'
import { sqlSweeper } from './sweep.ts'

/** Used proofs in a SQL database. The primary key makes sure that a key is stored once. */
export function sqlDpopReplay(database: SqlDatabase): DpopReplayStore {
  const { db, name } = database
  const sweep = sqlSweeper(database, { table: 'latchkey_dpop_proof', key: 'key' })

  return Object.freeze({
    async remember(key: string, expiresAt: number) {
      await sweep()
      const insertion = db.insertInto('latchkey_dpop_proof').values({ key, expires_at: expiresAt })
      if (name === 'mysql') return isInserted(insertion.execute())
      const { numInsertedOrUpdatedRows } = await insertion
        .onConflict((conflict) => conflict.column('key').doNothing())
        .executeTakeFirst()
      return numInsertedOrUpdatedRows === 1n
    },

    async forget(key: string) {
      await db.deleteFrom('latchkey_dpop_proof').where('key', '=', key).execute()
    }
  })
}
