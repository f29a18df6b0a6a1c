import { type RawBuilder, sql, type UpdateQueryBuilder, type UpdateResult } from 'kysely'
import { countAt } from '../throttle-limit.ts'
import type { ThrottleCount, ThrottleHold, ThrottleLimit, ThrottleStore, ThrottleWindow } from '../throttle.ts'
import type { SqlDatabase } from './database.ts'
import { countsOf, takeLocked } from './mysql-throttle.ts'
import type { Schema } from './schema.ts'
import { sqlSweeper } from './sweep.ts'

type Update = UpdateQueryBuilder<Schema, 'latchkey_throttle', 'latchkey_throttle', UpdateResult>

/** A limit that is never reached, for keys without a limit. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER

/** Counters in a SQL database. A reservation is one statement, except on MySQL. */
export function sqlThrottle(database: SqlDatabase): ThrottleStore {
  const { db, name, locksRows } = database
  const sweep = sqlSweeper(database, { table: 'latchkey_throttle', key: 'key', time: 'resets_at' })

  return Object.freeze({
    async reserve(limits: readonly ThrottleLimit[], at: ThrottleWindow) {
      await sweep()
      const taken = await (name === 'mysql' ? takeLocked(database, limits, at) : take(limits, at))
      const reserved = taken.size === limits.length
      if (!reserved) await release([...taken].map(([key, { resetsAt }]) => ({ key, resetsAt })))
      const windows = reserved
        ? taken
        : await find(
            limits.map(({ key }) => key),
            at
          )
      return { reserved, counts: limits.map(({ key }) => countAt(windows.get(key), at)) }
    },

    release,

    async read(key: string, at: ThrottleWindow) {
      const current = countAt((await find([key], at)).get(key), at)
      return current.count === 0 ? null : current
    },

    async reset(key: string) {
      await db.deleteFrom('latchkey_throttle').where('key', '=', key).execute()
    }
  })

  /**
   * Counts one hit of each key, or of none when a key has no room. Rows are locked in the order of their keys. On PostgreSQL a
   * row may become full while the statement waits for it. Such a row is not counted, and is missing in the result.
   */
  async function take(
    limits: readonly ThrottleLimit[],
    { window, now }: ThrottleWindow
  ): Promise<Map<string, ThrottleCount>> {
    const latest = now + window
    const rooms = limits.map((limit) => sql`(cast(${limit.key} as text), cast(${mostOf(limit, now)} as bigint))`)
    const rows = await db
      .with('limits(key, most)', () => sql<{ key: string; most: number }>`(values ${sql.join(rooms)})`)
      .insertInto('latchkey_throttle')
      .columns(['key', 'hits', 'resets_at'])
      .expression((query) =>
        query
          .selectFrom('limits')
          .select((row) => ['limits.key', row.lit(1).as('hits'), row.val(latest).as('resets_at')])
          .where((row) =>
            row.not(
              row.exists(
                row
                  .selectFrom('latchkey_throttle as full')
                  .innerJoin('limits as limit', 'limit.key', 'full.key')
                  .select('full.key')
                  .where('full.resets_at', '>', now)
                  .whereRef('full.hits', '>=', 'limit.most')
              )
            )
          )
          .orderBy('limits.key')
      )
      .onConflict((conflict) =>
        conflict
          .column('key')
          .doUpdateSet((row) => {
            const isOver = row('latchkey_throttle.resets_at', '<=', now)
            const wasSetBack = row('latchkey_throttle.resets_at', '>', latest)
            return {
              hits: row
                .case()
                .when(isOver)
                .then(1)
                .else(row('latchkey_throttle.hits', '+', 1))
                .end(),
              resets_at: row
                .case()
                .when(row.or([isOver, wasSetBack]))
                .then(latest)
                .else(row.ref('latchkey_throttle.resets_at'))
                .end()
            }
          })
          .where((row) =>
            row.or([
              row('latchkey_throttle.resets_at', '<=', now),
              row(
                'latchkey_throttle.hits',
                '<',
                row.selectFrom('limits').select('limits.most').whereRef('limits.key', '=', 'latchkey_throttle.key')
              )
            ])
          )
      )
      .returning(['key', 'hits', 'resets_at'])
      .execute()
    return countsOf(rows)
  }

  /** The most hits of a key: fewer while the key of its tight limit has many. */
  function mostOf({ most = NO_LIMIT, tight }: ThrottleLimit, now: number): RawBuilder<unknown> {
    if (tight === undefined) return sql`${most}`
    const many = db
      .selectFrom('latchkey_throttle')
      .select('key')
      .where('key', '=', tight.key)
      .where('resets_at', '>', now)
      .where('hits', '>=', tight.hits)
    return sql`case when exists ${many} then ${Math.min(most, tight.most)} else ${most} end`
  }

  /** The current windows of the given keys. A window that ends too late, because the clock was set back, is shortened. */
  async function find(keys: readonly string[], { window, now }: ThrottleWindow): Promise<Map<string, ThrottleCount>> {
    const latest = now + window
    const rows = await db
      .selectFrom('latchkey_throttle')
      .select(['key', 'hits', 'resets_at'])
      .where('key', 'in', keys)
      .execute()
    if (rows.some(({ resets_at }) => resets_at > latest)) {
      await inOrder(db.updateTable('latchkey_throttle'), keys)
        .set({ resets_at: latest })
        .where('resets_at', '>', latest)
        .execute()
    }
    return countsOf(rows)
  }

  async function release(holds: readonly ThrottleHold[]): Promise<void> {
    if (holds.length === 0) return
    const keys = holds.map(({ key }) => key)
    await inOrder(db.updateTable('latchkey_throttle'), keys)
      // When the last hit is given back, the window is over. MySQL sets a column before it evaluates the next one.
      .set((row) => ({
        resets_at: row.case().when('hits', '=', 1).then(0).else(row.ref('resets_at')).end(),
        hits: row('hits', '-', 1)
      }))
      .where((row) =>
        row.or(holds.map(({ key, resetsAt }) => row.and([row('key', '=', key), row('resets_at', '<=', resetsAt)])))
      )
      .where('hits', '>', 0)
      .execute()
  }

  // Statements that lock several rows lock them in the same order, to avoid deadlocks.
  function inOrder(update: Update, keys: readonly string[]): Update {
    if (name === 'mysql') return update.where('key', 'in', keys).orderBy('key')
    const locked = db
      .selectFrom('latchkey_throttle')
      .select('key')
      .where('key', 'in', keys)
      .orderBy('key')
      .$if(locksRows, (query) => query.forUpdate())
    return update.where('key', 'in', locked)
  }
}
