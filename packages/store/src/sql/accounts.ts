import type { ExpressionBuilder, Kysely, Selectable, Updateable } from 'kysely'
import type { Account, AccountStore, Identity, Profile } from '../accounts.ts'
import { isChanged } from './changed.ts'
import { type DialectName, singleStatement, type SqlDatabase, transaction } from './database.ts'
import type { Schema } from './schema.ts'

type Row = Omit<Selectable<Schema['latchkey_account']>, 'password_hash'>

const COLUMNS = ['id', 'name', 'email', 'picture', 'permissions', 'disabled', 'created_at'] as const

/** Accounts in a SQL database. The primary key of the identity rows makes sure that an identity has one account. */
export function sqlAccounts(database: SqlDatabase): AccountStore {
  const { db, name, locksRows } = database

  return Object.freeze({
    async findOrCreate(identity: Identity, account: Account) {
      const known = await findByIdentity(identity)
      if (known !== null) return { account: known, created: false }
      return transaction(database, async (trx) => {
        const owner = await claim(trx, name, identity, account.id)
        if (owner === account.id) await trx.insertInto('latchkey_account').values(rowOf(account)).execute()
        const row = await trx
          .selectFrom('latchkey_account')
          .select(COLUMNS)
          .where('id', '=', owner)
          .executeTakeFirstOrThrow()
        return { account: accountOf(row), created: owner === account.id }
      })
    },

    async find(id: string) {
      const row = await db.selectFrom('latchkey_account').select(COLUMNS).where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : accountOf(row)
    },

    findByIdentity,

    async identities(id: string) {
      return db.selectFrom('latchkey_identity').select(['provider', 'subject']).where('account_id', '=', id).execute()
    },

    async link(id: string, identity: Identity) {
      const owner = await ownerAfterLink(identity, id)
      if (owner === undefined) return 'missing'
      return owner === id ? 'linked' : 'taken'
    },

    async unlink(id: string, { provider, subject }: Identity) {
      const { numDeletedRows } = await db
        .deleteFrom('latchkey_identity')
        .where((row) => row.and({ provider, subject, account_id: id }))
        .executeTakeFirst()
      return numDeletedRows > 0n
    },

    setProfile: (id: string, { name, email, picture }: Profile) => change(id, { name, email, picture }),
    setPermissions: (id: string, permissions: readonly string[]) => change(id, { permissions: textOf(permissions) }),
    setDisabled: (id: string, disabled: boolean) => change(id, { disabled: Number(disabled) }),

    async findPasswordHash(id: string) {
      const row = await db
        .selectFrom('latchkey_account')
        .select('password_hash')
        .where('id', '=', id)
        .executeTakeFirst()
      return row?.password_hash ?? null
    },

    async setPasswordHash(id: string, passwordHash: string | null, current?: string | null) {
      return change(id, { password_hash: passwordHash }, current)
    },

    async remove(id: string) {
      return transaction(database, async (trx) => {
        // First the account: a link that is under way holds its row, and is seen by the next statement.
        const { numDeletedRows } = await trx.deleteFrom('latchkey_account').where('id', '=', id).executeTakeFirst()
        await trx.deleteFrom('latchkey_identity').where('account_id', '=', id).execute()
        return numDeletedRows > 0n
      })
    }
  })

  async function findByIdentity({ provider, subject }: Identity): Promise<Account | null> {
    const row = await db
      .selectFrom('latchkey_identity as identity')
      .innerJoin('latchkey_account as account', 'account.id', 'identity.account_id')
      .select(COLUMNS.map((column) => `account.${column}` as const))
      .where('identity.provider', '=', provider)
      .where('identity.subject', '=', subject)
      .executeTakeFirst()
    return row === undefined ? null : accountOf(row)
  }

  /** Links an identity unless it has an owner, and returns its owner. `undefined` when the account is missing. */
  async function ownerAfterLink(identity: Identity, id: string): Promise<string | undefined> {
    if (name !== 'mysql') return singleStatement(database, (db) => linkTo(db, identity, id))
    return transaction(database, async (trx) => {
      const account = await trx
        .selectFrom('latchkey_account')
        .select('id')
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst()
      return account && claim(trx, name, identity, id)
    })
  }

  /** The same in one statement, for PostgreSQL and SQLite. */
  async function linkTo(db: Kysely<Schema>, { provider, subject }: Identity, id: string): Promise<string | undefined> {
    const row = await db
      .insertInto('latchkey_identity')
      .columns(['provider', 'subject', 'account_id'])
      .expression(
        db
          .selectFrom('latchkey_account')
          .select((row) => [row.val(provider).as('provider'), row.val(subject).as('subject'), 'id as account_id'])
          .where('id', '=', id)
          .$if(locksRows, (query) => query.forKeyShare())
      )
      // As in claim().
      .onConflict((conflict) => conflict.columns(['provider', 'subject']).doUpdateSet({ provider }))
      .returning('account_id')
      .executeTakeFirst()
    return row?.account_id
  }

  /** Changes an account whose password hash is still `current`, if that is given. */
  async function change(
    id: string,
    changes: Updateable<Schema['latchkey_account']>,
    current?: string | null
  ): Promise<boolean> {
    return isChanged(database, (db) => {
      const isOf = (row: ExpressionBuilder<Schema, 'latchkey_account'>) =>
        row.and([
          row('id', '=', id),
          ...(current === undefined ? [] : [row('password_hash', current === null ? 'is' : '=', current)])
        ])
      return {
        find: db.selectFrom('latchkey_account').select('id').where(isOf),
        change: db.updateTable('latchkey_account').set(changes).where(isOf)
      }
    })
  }
}

// Links an identity to an account unless it has an owner, and returns the identifier of its owner. The update changes nothing: it
// locks the row, and makes the statement return it in both cases.
async function claim(
  db: Kysely<Schema>,
  name: DialectName,
  { provider, subject }: Identity,
  id: string
): Promise<string> {
  const insertion = db.insertInto('latchkey_identity').values({ provider, subject, account_id: id })
  if (name !== 'mysql') {
    const { account_id } = await insertion
      .onConflict((conflict) => conflict.columns(['provider', 'subject']).doUpdateSet({ provider }))
      .returning('account_id')
      .executeTakeFirstOrThrow()
    return account_id
  }
  await insertion.onDuplicateKeyUpdate({ provider }).execute()
  const { account_id } = await db
    .selectFrom('latchkey_identity')
    .select('account_id')
    .where((row) => row.and({ provider, subject }))
    .executeTakeFirstOrThrow()
  return account_id
}

function rowOf({ id, profile, permissions, disabled, createdAt }: Account): Row {
  const { name, email, picture } = profile
  const flag = Number(disabled)
  return { id, name, email, picture, permissions: textOf(permissions), disabled: flag, created_at: createdAt }
}

function accountOf({ id, name, email, picture, permissions, disabled, created_at }: Row): Account {
  return {
    id,
    profile: { name, email, picture },
    permissions: JSON.parse(permissions) as string[], // textOf() wrote it
    disabled: disabled !== 0,
    createdAt: created_at
  }
}

function textOf(permissions: readonly string[]): string {
  return JSON.stringify([...new Set(permissions)])
}
