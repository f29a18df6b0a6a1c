import { randomUUID } from 'node:crypto'
import type { UpstreamTokenOwner, UpstreamTokenStore } from '../upstream-tokens.ts'
import type { SqlDatabase } from './database.ts'

/** Encrypted tokens of providers in a SQL database, a row each. */
export function sqlUpstreamTokens({ db, name }: SqlDatabase): UpstreamTokenStore {
  return Object.freeze({
    async find({ accountId, provider }: UpstreamTokenOwner) {
      const row = await db
        .selectFrom('latchkey_upstream_token')
        .select(['sealed', 'version'])
        .where('account_id', '=', accountId)
        .where('provider', '=', provider)
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

    async replace({ accountId, provider }: UpstreamTokenOwner, sealed: string, version: string) {
      const { numUpdatedRows } = await db
        .updateTable('latchkey_upstream_token')
        .set({ sealed, version: randomUUID() })
        .where('account_id', '=', accountId)
        .where('provider', '=', provider)
        .where('version', '=', version)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },

    async remove({ accountId, provider }: UpstreamTokenOwner) {
      await db
        .deleteFrom('latchkey_upstream_token')
        .where('account_id', '=', accountId)
        .where('provider', '=', provider)
        .execute()
    },

    async removeAll(accountId: string) {
      await db.deleteFrom('latchkey_upstream_token').where('account_id', '=', accountId).execute()
    }
  })
}
