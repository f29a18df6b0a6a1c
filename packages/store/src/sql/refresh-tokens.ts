import type { QueryCreator } from 'kysely'
import type { RefreshToken, RefreshTokenRotation, RefreshTokenStore, StoredRefreshToken } from '../refresh-tokens.ts'
import { singleStatement, type SqlDatabase, transaction } from './database.ts'
import { preparedQuery } from './prepared-query.ts'
import { sqlRefreshRotation } from './refresh-rotation.ts'
import type { Schema } from './schema.ts'
import { sqlSweeper } from './sweep.ts'

/** Refresh tokens in a SQL database. Each family has a row, and every change of the family locks that row first. */
export function sqlRefreshTokens(database: SqlDatabase): RefreshTokenStore {
  const { db, name, runInOrder } = database
  const sweep = sqlSweeper(
    database,
    { table: 'latchkey_refresh_token', key: 'hash' },
    { table: 'latchkey_refresh_family', key: 'id' }
  )

  const rotate = sqlRefreshRotation(database)
  const rowOf = preparedQuery({ hash: 'hash' }, ({ hash }) =>
    db
      .selectFrom('latchkey_refresh_token as token')
      .innerJoin('latchkey_refresh_family as family', 'family.id', 'token.family_id')
      .select(['token.hash', 'token.family_id', 'token.expires_at', 'token.used_at', 'token.sealed_successor'])
      .select(['family.client_id', 'family.subject', 'family.scopes', 'family.resources'])
      .select(['family.authenticated_at', 'family.expires_at as family_expires_at'])
      .where('token.hash', '=', hash)
  )

  return Object.freeze({
    async start(token: RefreshToken) {
      await sweep()
      if (runInOrder !== undefined) {
        await runInOrder([insertFamily(db, token).compile(), insertToken(db, token).compile()])
        return
      }
      if (name !== 'postgres') {
        await transaction(database, async (trx) => {
          await insertFamily(trx, token).execute()
          await insertToken(trx, token).execute()
        })
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
      const { rows } = await db.executeQuery(rowOf({ hash }))
      const [row] = rows
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

    async rotate(rotation: RefreshTokenRotation) {
      await sweep()
      return rotate(rotation)
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
  return db.insertInto('latchkey_refresh_token').values({ hash, family_id: familyId, expires_at: expiresAt })
}
