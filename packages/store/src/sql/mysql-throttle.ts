import type { Selectable } from 'kysely'
import { countAt, fullThrottleLimit } from '../throttle-limit.ts'
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
  at: ThrottleWindow
): Promise<Map<string, ThrottleCount>> {
  const keys = limits.map(({ key }) => key)
  return transaction(database, async (trx) => {
    await trx
      .insertInto('latchkey_throttle')
      // Without hits: the window of such a row is over.
      .values(inOrder(keys).map((key) => ({ key, hits: 0, resets_at: 0 })))
      .onDuplicateKeyUpdate((row) => ({ hits: row.ref('latchkey_throttle.hits') }))
      .execute()
    const stored = countsOf(await trx.selectFrom('latchkey_throttle').selectAll().where('key', 'in', keys).execute())
    const before = keys.map((key) => ({ key, ...countAt(stored.get(key), at) }))
    if (fullThrottleLimit(limits, before) !== undefined) return new Map<string, ThrottleCount>()
    const counted = before.map(({ key, count, resetsAt }): Row => ({ key, hits: count + 1, resets_at: resetsAt }))
    await trx.replaceInto('latchkey_throttle').values(counted).execute()
    return countsOf(counted)
  })
}

/** The stored counts by their keys. */
export function countsOf(rows: readonly Row[]): Map<string, ThrottleCount> {
  return new Map(rows.map(({ key, hits, resets_at }) => [key, { count: hits, resetsAt: resets_at }]))
}

function inOrder(keys: readonly string[]): string[] {
  return [...keys].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
}
