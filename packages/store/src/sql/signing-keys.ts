import type { SigningKeyStore, StoredSigningKey } from '../signing-keys.ts'
import { type SqlDatabase, transaction } from './database.ts'

/** The ring of signing keys in a SQL database. The generation is in a counter row. */
export function sqlSigningKeys(database: SqlDatabase): SigningKeyStore {
  const { db } = database

  return Object.freeze({
    async list() {
      // One statement, so that the generation and the keys belong together.
      const rows = await db
        .selectFrom('latchkey_counter as counter')
        .leftJoin('latchkey_signing_key as key', (join) => join.onTrue())
        .select(['counter.value', 'key.kid', 'key.key', 'key.active_from', 'key.expires_at'])
        .where('counter.name', '=', 'signing keys')
        .orderBy('key.generation')
        .execute()
      const keys: StoredSigningKey[] = []
      let generation = 0
      for (const { value, kid, key, active_from, expires_at } of rows) {
        generation = value
        if (kid === null || key === null || active_from === null || expires_at === null) continue
        keys.push({ kid, key, activeFrom: active_from, expiresAt: expires_at })
      }
      return { generation, keys }
    },

    async add({ kid, key, activeFrom, expiresAt }: StoredSigningKey, generation: number) {
      return transaction(database, async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable('latchkey_counter')
          .set({ value: generation + 1 })
          .where('name', '=', 'signing keys')
          .where('value', '=', generation)
          .executeTakeFirst()
        if (numUpdatedRows === 0n) return false
        await trx
          .insertInto('latchkey_signing_key')
          .values({ kid, key, generation: generation + 1, active_from: activeFrom, expires_at: expiresAt })
          .execute()
        return true
      })
    },

    async removeExpired(time: number) {
      await db.deleteFrom('latchkey_signing_key').where('expires_at', '<=', time).execute()
    }
  })
}
