import { FARTHEST_AHEAD, PAGE_SIZE, positionOf, type Revocation, type RevocationStore } from '../revocations.ts'
import { type SqlDatabase, transaction } from './database.ts'
import { sqlSweeper } from './sweep.ts'

/**
 * Revocations in a SQL database. Positions come from one counter row. A writer locks that row until the commit, so positions
 * become visible in their order, and a cursor never passes a position that is not yet committed.
 */
export function sqlRevocations(database: SqlDatabase): RevocationStore {
  const { db, seconds, microseconds } = database
  const sweep = sqlSweeper(database, { table: 'latchkey_revocation', key: 'position' })

  return Object.freeze({
    async revoke({ kind, id, revokedAt, expiresAt }: Revocation) {
      await sweep()
      await transaction(database, async (trx) => {
        // Use the clock if it is later than the counter: a database that was restored from a backup must not repeat positions.
        await trx
          .updateTable('latchkey_counter')
          .set((counter) => ({
            value: counter
              .case()
              .when('value', '<', microseconds)
              .then(microseconds)
              .else(counter('value', '+', 1))
              .end()
          }))
          .where('name', '=', 'revocations')
          .execute()
        const { value: position, time } = await trx
          .selectFrom('latchkey_counter')
          .select(['value', seconds.as('time')])
          .where('name', '=', 'revocations')
          .executeTakeFirstOrThrow()
        const before = await trx
          .selectFrom('latchkey_revocation')
          .select(['revoked_at', 'expires_at'])
          .where('kind', '=', kind)
          .where('id', '=', id)
          .executeTakeFirst()
        await trx.deleteFrom('latchkey_revocation').where('kind', '=', kind).where('id', '=', id).execute()
        await trx
          .insertInto('latchkey_revocation')
          .values({
            kind,
            id,
            position,
            revoked_at: Math.max(Math.min(revokedAt, time + FARTHEST_AHEAD), before?.revoked_at ?? 0),
            expires_at: Math.max(expiresAt, before?.expires_at ?? 0)
          })
          .execute()
      })
    },

    async since(cursor: string | null) {
      const seen = positionOf(cursor)
      const rows = await db
        .selectFrom('latchkey_revocation')
        .select(['position', 'kind', 'id', 'revoked_at', 'expires_at'])
        .where('position', '>', seen)
        .orderBy('position')
        .limit(PAGE_SIZE)
        .execute()
      const revocations = rows.map(({ kind, id, revoked_at, expires_at }) => ({
        kind,
        id,
        revokedAt: revoked_at,
        expiresAt: expires_at
      }))
      const cursorOfNext = String(rows.at(-1)?.position ?? seen)
      return { revocations, more: rows.length === PAGE_SIZE, cursor: cursorOfNext }
    }
  })
}
