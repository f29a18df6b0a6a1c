import type { QueryCreator } from 'kysely'
import type { RefreshToken, RefreshTokenRotation, RefreshTokenStore, StoredRefreshToken } from '../refresh-tokens.ts'
import { singleStatement, type SqlDatabase, transaction } from './database.ts'
import type { Schema } from './schema.ts'
import { sqlSweeper } from './sweep.ts'

/** Refresh tokens in a SQL database. Each family has a row, and every change of the family locks that row first. */
export function sqlRefreshTokens(database: SqlDatabase): RefreshTokenStore {
  const { db, runInOrder, seconds } = database
  const sweep = sqlSweeper(
    database,
    { table: 'latchkey_refresh_token', key: 'hash' },
    { table: 'latchkey_refresh_family', key: 'id' }
  )

  return Object.freeze({
    async start(token: RefreshToken) {
      await sweep()
      if (runInOrder !== undefined) {
        await runInOrder([insertFamily(db, token).compile(), insertToken(db, token).compile()])
        return
      }
      await singleStatement(database, (db) =>
        insertToken(
          db.with('family', (query) => insertFamily(query, token)),
          token
        ).execute()
      )
    },

    async find(hash: string) {
      const row = await db
        .selectFrom('latchkey_refresh_token as token')
        .innerJoin('latchkey_refresh_family as family', 'family.id', 'token.family_id')
        .select(['token.hash', 'token.family_id', 'token.expires_at', 'token.used_at', 'token.sealed_successor'])
        .select(['family.client_id', 'family.subject', 'family.scopes', 'family.resources'])
        .select(['family.authenticated_at', 'family.expires_at as family_expires_at'])
        .where('token.hash', '=', hash)
        .executeTakeFirst()
      if (row === undefined) return null
      const token: StoredRefreshToken = {
        hash: row.hash,
        familyId: row.family_id,
        clientId: row.client_id,
        subject: row.subject,
        scopes: JSON.parse(row.scopes) as string[], // start() wrote it
        resources: JSON.parse(row.resources) as string[], // start() wrote it
        authenticatedAt: row.authenticated_at,
        expiresAt: row.expires_at,
        familyExpiresAt: row.family_expires_at,
        usedAt: row.used_at,
        sealedSuccessor: row.sealed_successor
      }
      return token
    },

    async rotate({ hash, sealedSuccessor, successor }: RefreshTokenRotation) {
      await sweep()
      // The database's time at the write: the statement may have waited before.
      const use = { used_at: seconds, sealed_successor: sealedSuccessor }
      if (runInOrder !== undefined) {
        const update = db
          .updateTable('latchkey_refresh_token')
          .set(use)
          .where('hash', '=', hash)
          .where('used_at', 'is', null)
        return runInOrder([update.compile(), insertToken(db, successor).compile()])
      }
      const { numInsertedOrUpdatedRows } = await singleStatement(database, (db) =>
        db
          // Lock the family first, in the same order as a revocation. Otherwise the two could deadlock.
          .with('family', (query) =>
            query
              .selectFrom('latchkey_refresh_family')
              .select('id')
              .where('id', '=', successor.familyId)
              .forKeyShare()
          )
          .with('used', (query) =>
            query
              .updateTable('latchkey_refresh_token')
              .set(use)
              .where('hash', '=', hash)
              .where('used_at', 'is', null)
              // PostgreSQL locks the token after this condition, and so after the family.
              .where('family_id', '=', (row) => row.selectFrom('family').select('id'))
              .returning('family_id')
          )
          .insertInto('latchkey_refresh_token')
          .columns(['hash', 'family_id', 'expires_at'])
          .expression((query) =>
            query
              .selectFrom('used')
              .select((row) => [
                row.val(successor.hash).as('hash'),
                'used.family_id',
                row.val(successor.expiresAt).as('expires_at')
              ])
          )
          .executeTakeFirstOrThrow()
      )
      return numInsertedOrUpdatedRows === 1n
    },

    async families(subject: string) {
      return db
        .selectFrom('latchkey_refresh_family')
        .select(['id as familyId', 'client_id as clientId'])
        .where('subject', '=', subject)
        .execute()
    },

    async revokeFamily(familyId: string) {
      await transaction(database, (trx) =>
        trx.deleteFrom('latchkey_refresh_family').where('id', '=', familyId).execute()
      )
    },

    async revokeSubject(subject: string) {
      await transaction(database, (trx) =>
        trx.deleteFrom('latchkey_refresh_family').where('subject', '=', subject).execute()
      )
    }
  })
}

function insertFamily(db: QueryCreator<Schema>, token: RefreshToken) {
  return db.insertInto('latchkey_refresh_family').values({
    id: token.familyId,
    client_id: token.clientId,
    subject: token.subject,
    scopes: JSON.stringify(token.scopes),
    resources: JSON.stringify(token.resources),
    authenticated_at: token.authenticatedAt,
    expires_at: token.familyExpiresAt
  })
}

function insertToken(db: QueryCreator<Schema>, { hash, familyId, expiresAt }: RefreshToken) {
  return db
    .insertInto('latchkey_refresh_token')
    .values({ hash, family_id: familyId, expires_at: expiresAt, used_at: null, sealed_successor: null })
}
