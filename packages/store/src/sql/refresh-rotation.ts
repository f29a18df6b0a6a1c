import type { RefreshTokenRotation, RefreshTokenStore } from '../refresh-tokens.ts'
import { mustBeStorable } from '../storable.ts'
import { type RunInOrder, singleStatement, type SqlDatabase, transaction } from './database.ts'
import { preparedQuery } from './prepared-query.ts'

type Rotate = RefreshTokenStore['rotate']

const NAMES = { hash: 'hash', sealedSuccessor: 'sealed', successorHash: 'successor', familyId: 'family', expiresAt: 1 }

type Values = typeof NAMES

/** The exchange of a refresh token for its successor. */
export function sqlRefreshRotation(database: SqlDatabase): Rotate {
  const { name, runInOrder } = database
  if (name === 'postgres') return oneStatement(database)
  return runInOrder === undefined ? threeStatements(database) : twoStatements(database, runInOrder)
}

/**
 * PostgreSQL. The statement locks the family before the token, in the same order as a revocation. Otherwise the two could
 * deadlock. A statement that waited for the lock, and finds the family revoked, changes nothing.
 */
function oneStatement(database: SqlDatabase): Rotate {
  const { db, seconds } = database
  const rotate = preparedQuery(NAMES, ({ hash, sealedSuccessor, successorHash, familyId, expiresAt }: Values) =>
    db
      .with('family', (query) =>
        query.selectFrom('latchkey_refresh_family').select('id').where('id', '=', familyId).forKeyShare()
      )
      .with('used', (query) =>
        query
          .updateTable('latchkey_refresh_token')
          // The database's time after the wait for the family.
          .set({ used_at: seconds, sealed_successor: sealedSuccessor })
          .where('hash', '=', hash)
          .where('used_at', 'is', null)
          // Reading the family here locks it. The update locks the token when all conditions are met.
          .where('family_id', '=', (row) => row.selectFrom('family').select('id'))
          .returning('family_id')
      )
      .insertInto('latchkey_refresh_token')
      .columns(['hash', 'family_id', 'expires_at'])
      .expression((query) =>
        query
          .selectFrom('used')
          .select((row) => [row.val(successorHash).as('hash'), 'family_id', row.val(expiresAt).as('expires_at')])
      )
  )
  return async (rotation) => {
    const query = rotate(valuesOf(rotation))
    const { numAffectedRows } = await singleStatement(database, (db) => db.executeQuery(query))
    return numAffectedRows === 1n
  }
}

/** SQLite in a file of the store. It has one writer at a time. */
function twoStatements(database: SqlDatabase, runInOrder: RunInOrder): Rotate {
  const { use, add } = useAndAdd(database)
  return async (rotation) => {
    const values = valuesOf(rotation)
    return runInOrder([use(values), add(values)])
  }
}

/** MySQL, and SQLite through Kysely. The family is locked first, as above. */
function threeStatements(database: SqlDatabase): Rotate {
  const { locksRows } = database
  const { use, add } = useAndAdd(database)
  return async (rotation) => {
    const values = valuesOf(rotation)
    mustBeStorable(Object.values(values))
    return transaction(database, async (trx) => {
      const family = await trx
        .selectFrom('latchkey_refresh_family')
        .select('id')
        .where('id', '=', values.familyId)
        .$if(locksRows, (query) => query.forUpdate())
        .executeTakeFirst()
      if (family === undefined) return false
      const { numAffectedRows } = await trx.executeQuery(use(values))
      if (numAffectedRows !== 1n) return false
      await trx.executeQuery(add(values))
      return true
    })
  }
}

function useAndAdd({ db, seconds }: SqlDatabase) {
  const use = preparedQuery(NAMES, ({ hash, sealedSuccessor }: Values) =>
    db
      .updateTable('latchkey_refresh_token')
      .set({ used_at: seconds, sealed_successor: sealedSuccessor })
      .where('hash', '=', hash)
      .where('used_at', 'is', null)
  )
  const add = preparedQuery(NAMES, ({ successorHash, familyId, expiresAt }: Values) =>
    db.insertInto('latchkey_refresh_token').values({ hash: successorHash, family_id: familyId, expires_at: expiresAt })
  )
  return { use, add }
}

function valuesOf({ hash, sealedSuccessor, successor }: RefreshTokenRotation): Values {
  const { hash: successorHash, familyId, expiresAt } = successor
  return { hash, sealedSuccessor, successorHash, familyId, expiresAt }
}
