import { randomUUID } from 'node:crypto'
import type { ExpressionBuilder, Selectable } from 'kysely'
import type { NewRecord, RecordChange, RecordKey, RecordStore, StoredRecord } from '../records.ts'
import { mustBeStorable } from '../storable.ts'
import { singleStatement, type SqlDatabase } from './database.ts'
import { insertRecord } from './mysql-records.ts'
import type { Schema } from './schema.ts'
import { sqlSweeper } from './sweep.ts'

/** Records in a SQL database, a row each. Each change is one statement, except on MySQL. */
export function sqlRecords(database: SqlDatabase): RecordStore {
  const { db, name, seconds } = database
  const sweep = sqlSweeper(database, { table: 'latchkey_record', key: ['kind', 'id'] })

  return Object.freeze({
    async create(record: NewRecord, most?: number) {
      await sweep()
      const { kind, id, owner, content, expiresAt } = record
      if (name === 'mysql') return (most === undefined || (await hasRoom(kind, most))) && insertRecord(database, record)
      const version = randomUUID()
      const { numInsertedOrUpdatedRows } = await singleStatement(database, (db) =>
        db
          .insertInto('latchkey_record')
          .columns(['kind', 'id', 'owner', 'content', 'version', 'expires_at'])
          .expression(
            db
              .selectNoFrom((row) => [
                row.val(kind).as('kind'),
                row.val(id).as('id'),
                row.val(owner).as('owner'),
                row.val(content).as('content'),
                row.val(version).as('version'),
                row.val(expiresAt).as('expires_at')
              ])
              // SQLite needs a condition before "on conflict".
              .where((row) => (most === undefined ? row.lit(true) : row(unexpired(kind), '<', most)))
          )
          .onConflict((conflict) =>
            conflict
              .columns(['kind', 'id'])
              .doUpdateSet((row) => ({
                owner: row.ref('excluded.owner'),
                content: row.ref('excluded.content'),
                version: row.ref('excluded.version'),
                expires_at: row.ref('excluded.expires_at')
              }))
              .where('latchkey_record.expires_at', '<=', seconds)
          )
          .executeTakeFirst()
      )
      return numInsertedOrUpdatedRows === 1n
    },

    async find(key: RecordKey) {
      const row = await db.selectFrom('latchkey_record').selectAll().where(isOf(key)).executeTakeFirst()
      return row === undefined ? null : recordOf(row)
    },

    async replace(key: RecordKey, version: string, { content, expiresAt }: RecordChange) {
      const { numUpdatedRows } = await singleStatement(database, (db) =>
        db
          .updateTable('latchkey_record')
          .set({ content, expires_at: expiresAt, version: randomUUID() })
          .where(isOf(key))
          .where('version', '=', version)
          .executeTakeFirst()
      )
      return numUpdatedRows > 0n
    },

    async remove(key: RecordKey) {
      const { numDeletedRows } = await singleStatement(database, (db) =>
        db.deleteFrom('latchkey_record').where(isOf(key)).executeTakeFirst()
      )
      return numDeletedRows > 0n
    },

    async list(kind: string, owner: string) {
      const rows = await db
        .selectFrom('latchkey_record')
        .selectAll()
        .where('kind', '=', kind)
        .where('owner', '=', owner)
        .execute()
      return rows.map(recordOf)
    },

    async removeOwned(kind: string, owner: string) {
      await singleStatement(database, (db) =>
        db.deleteFrom('latchkey_record').where('kind', '=', kind).where('owner', '=', owner).execute()
      )
    },

    async removeAllOwned(owner: string) {
      await singleStatement(database, (db) => db.deleteFrom('latchkey_record').where('owner', '=', owner).execute())
    }
  })

  async function hasRoom(kind: string, most: number): Promise<boolean> {
    mustBeStorable([most])
    const { value } = await db.selectNoFrom(unexpired(kind).as('value')).executeTakeFirstOrThrow()
    return Number(value) < most
  }

  /** The number of unexpired records of a kind. */
  function unexpired(kind: string) {
    // The time is a subquery, so that PostgreSQL evaluates it once, and uses the index.
    return db
      .selectFrom('latchkey_record')
      .select((row) => row.fn.countAll<number>().as('count'))
      .where('kind', '=', kind)
      .where('expires_at', '>', db.selectNoFrom(seconds.as('now')))
  }
}

function isOf({ kind, id }: RecordKey) {
  return (row: ExpressionBuilder<Schema, 'latchkey_record'>) => row.and({ kind, id })
}

function recordOf({ expires_at, ...record }: Selectable<Schema['latchkey_record']>): StoredRecord {
  return { ...record, expiresAt: expires_at }
}
