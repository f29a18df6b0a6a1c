import type { ThrottleStore, ThrottleWindow } from '../throttle.ts'
import type { SqlDatabase } from './database.ts'
import { MOST_AT_ONCE, sqlSweeper } from './sweep.ts'

/** Counters in a SQL database: a hit is one statement. */
export function sqlThrottle(database: SqlDatabase): ThrottleStore {
  const { db, locksRows } = database
  const sweep = sqlSweeper(database, forgetExpired)

  return Object.freeze({
    async hit(key: string, { window, now }: ThrottleWindow) {
      await sweep()
      const latest = now + window
      const { hits, resets_at } = await db
        .insertInto('latchkey_throttle')
        .values({ key, hits: 1, resets_at: latest })
        .onConflict((conflict) =>
          conflict.column('key').doUpdateSet((row) => {
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
        )
        .returning(['hits', 'resets_at'])
        .executeTakeFirstOrThrow()
      return { count: hits, resetsAt: resets_at }
    },

    async reset(key: string) {
      await db.deleteFrom('latchkey_throttle').where('key', '=', key).execute()
    }
  })

  async function forgetExpired(until: number): Promise<number> {
    const keys = db
      .selectFrom('latchkey_throttle')
      .select('key')
      .where('resets_at', '<=', until)
      .limit(MOST_AT_ONCE)
      .$if(locksRows, (query) => query.forUpdate().skipLocked())
    return Number((await db.deleteFrom('latchkey_throttle').where('key', 'in', keys).executeTakeFirst()).numDeletedRows)
  }
}
