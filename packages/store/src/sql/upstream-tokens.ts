import { randomUUID } from 'node:crypto'
import type { ExpressionBuilder } from 'kysely'
import type { UpstreamTokenOwner, UpstreamTokenStore } from '../upstream-tokens.ts'
import type { SqlDatabase } from './database.ts'
import type { Schema } from './schema.ts'

/** Encrypted tokens of providers in a SQL database, a row each. */
export function sqlUpstreamTokens({ db, name }: SqlDatabase): UpstreamTokenStore {
  return Object.freeze({
    async find(owner: UpstreamTokenOwner) {
      const row = await db
        .selectFrom('latchkey_upstream_token')
        .select(['sealed', 'version'])
        .where(isOf(owner))
        .executeTakeFirst()
      return row ?? null
    },

    async put({ accountId, provider }: UpstreamTokenOwner, sealed: string) {
      const version = randomUUID()
      const insertion = db
        .insertInto('latchkey_upstream_token')
        .values({ account_id: accountId, provider, sealed, version })
      const change = { sealed, version }
      await (name === 'mysql'
        ? insertion.onDuplicateKeyUpdate(change)
        : insertion.onConflict((conflict) => conflict.columns(['account_id', 'provider']).doUpdateSet(change))
      ).execute()
    },

    async replace(owner: UpstreamTokenOwner, sealed: string, version: string) {
      const { numUpdatedRows } = await db
        .updateTable('latchkey_upstream_token')
        .set({ sealed, version: randomUUID() })
        .where(isOf(owner))
        .where('version', '=', version)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },

    async remove(owner: UpstreamTokenOwner) {
      await db.deleteFrom('latchkey_upstream_token').where(isOf(owner)).execute()
    },

    async removeAll(accountId: string) {
      await db.deleteFrom('latchkey_upstream_token').where('account_id', '=', accountId).execute()
    }
  })
}

function isOf({ accountId, provider }: UpstreamTokenOwner) {
  return (row: ExpressionBuilder<Schema, 'latchkey_upstream_token'>) => row.and({ account_id: accountId, provider })
}
