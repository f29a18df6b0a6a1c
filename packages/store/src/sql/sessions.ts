import type { Selectable } from 'kysely'
import type { Session, SessionStore, UpstreamSession } from '../sessions.ts'
import { isChanged } from './changed.ts'
import type { SqlDatabase } from './database.ts'
import type { Schema } from './schema.ts'
import { sqlSweeper } from './sweep.ts'

/** Sessions in a SQL database, a row each. */
export function sqlSessions(database: SqlDatabase): SessionStore {
  const { db } = database
  const sweep = sqlSweeper(database, { table: 'latchkey_session', key: 'id' })

  return Object.freeze({
    async create({ id, subject, createdAt, lastSeenAt, expiresAt, label, upstream }: Session) {
      await sweep()
      await db
        .insertInto('latchkey_session')
        .values({
          id,
          subject,
          created_at: createdAt,
          last_seen_at: lastSeenAt,
          expires_at: expiresAt,
          label,
          upstream_issuer: upstream?.issuer ?? null,
          upstream_sid: upstream?.sid ?? null
        })
        .execute()
    },

    async find(id: string) {
      const row = await db.selectFrom('latchkey_session').selectAll().where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : sessionOf(row)
    },

    async touch(id: string, lastSeenAt: number) {
      return isChanged(database, (db) => ({
        find: db.selectFrom('latchkey_session').select('id').where('id', '=', id),
        change: db
          .updateTable('latchkey_session')
          .set((row) => ({
            last_seen_at: row
              .case()
              .when('last_seen_at', '<', lastSeenAt)
              .then(lastSeenAt)
              .else(row.ref('last_seen_at'))
              .end()
          }))
          .where('id', '=', id)
      }))
    },

    async list(subject: string) {
      const rows = await db
        .selectFrom('latchkey_session')
        .selectAll()
        .where('subject', '=', subject)
        .orderBy('created_at')
        .execute()
      return rows.map(sessionOf)
    },

    async end(id: string) {
      await db.deleteFrom('latchkey_session').where('id', '=', id).execute()
    },

    async endSubject(subject: string) {
      await db.deleteFrom('latchkey_session').where('subject', '=', subject).execute()
    },

    async endUpstream({ issuer, sid }: UpstreamSession) {
      await db
        .deleteFrom('latchkey_session')
        .where('upstream_issuer', '=', issuer)
        .where('upstream_sid', '=', sid)
        .execute()
    }
  })
}

function sessionOf(row: Selectable<Schema['latchkey_session']>): Session {
  const { upstream_issuer: issuer, upstream_sid: sid } = row
  return {
    id: row.id,
    subject: row.subject,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
    label: row.label,
    upstream: issuer === null || sid === null ? null : { issuer, sid }
  }
}
