import type { Selectable } from 'kysely'
import type { ThrottleCount, ThrottleLimit, ThrottleWindow } from '../throttle.ts'
import { type SqlDatabase, transaction } from './database.ts'
import type { Schema } from './schema.ts'

type Row = Selectable<Schema['latchkey_throttle']>

/**
 * MySQL. Counts one hit of each key, and returns the counts. When a key has no room, it counts none and returns no counts. The
 * rows are created if they are missing, and locked in the order of their keys. So no count changes before it is written.
 */
export async function takeLocked(
  database: SqlDatabase,
  limits: readonly ThrottleLimit[],
  { window, now }: ThrottleWindow
): Promise<Map<string, ThrottleCount>> {
  const keys = limits.map(({ key }) => key)
  return transaction(database, async (trx) => {
    await trx
      .insertInto('latchkey_throttle')
      // Without hits: the window of such a row is over.
      .values(inOrder(keys).map((key) => ({ key, hits: 0, resets_at: 0 })))
      .onDuplicateKeyUpdate((row) => ({ hits: row.ref('latchkey_throttle.hits') }))
      .execute()
    const rows = await trx.selectFrom('latchkey_throttle').selectAll().where('key', 'in', keys).execute()
    const current = new Map(rows.filter((row) => row.resets_at > now).map((row) => [row.key, row]))
    if (limits.some((limit) => hitsOf(limit.key, current) >= mostOf(limit, current)))
      return new Map<string, ThrottleCount>()
    const counted = keys.map((key): Row => {
      const resetsAt = current.get(key)?.resets_at ?? Number.POSITIVE_INFINITY
      return { key, hits: hitsOf(key, current) + 1, resets_at: Math.min(resetsAt, now + window) }
    })
    await trx.replaceInto('latchkey_throttle').values(counted).execute()
    return new Map(counted.map(({ key, hits, resets_at }) => [key, { count: hits, resetsAt: resets_at }]))
  })
}

/** The most hits of a key: fewer while the key of its tight limit has many. */
function mostOf({ most = Number.POSITIVE_INFINITY, tight }: ThrottleLimit, current: ReadonlyMap<string, Row>): number {
  return tight !== undefined && hitsOf(tight.key, current) >= tight.hits ? Math.min(most, tight.most) : most
}

function hitsOf(key: string, current: ReadonlyMap<string, Row>): number {
  return current.get(key)?.hits ?? 0
}

function inOrder(keys: readonly string[]): string[] {
  return [...keys].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
}
