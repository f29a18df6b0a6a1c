import t from 'tap'
import type { NewRecord, RecordKey, Store, ThrottleLimit, ThrottleWindow } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import * as suites from '@latchkey/store/testing'

interface Break {
  readonly name: string
  /** Runs one suite on a broken store. */
  readonly run: (test: suites.RegisterTest) => void
  readonly failing: string
}

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function broken<Contract extends keyof Store>(contract: Contract, change: (kept: Store[Contract]) => object) {
  return (): Store[Contract] => {
    const kept = memoryStore()[contract]
    return Object.assign(Object.create(null), kept, change(kept)) as Store[Contract]
  }
}

for (const { name, run, failing } of [
  {
    name: 'a feed that assigns positions before they are visible (SEC-81)',
    run: (test) => {
      const open = broken('revocations', () => {
        let taken = 0
        const visible = new Map<number, object>()
        return {
          async revoke(revocation: object) {
            const position = ++taken
            // A later position becomes visible sooner.
            for (let i = 0; i < 60 - position; i++) await later()
            visible.set(position, revocation)
          },
          async since(cursor: string | null) {
            const found = [...visible].filter(([position]) => position > Number(cursor)).sort(([a], [b]) => a - b)
            return { revocations: found.map(([, each]) => each), cursor: String(found.at(-1)?.[0] ?? cursor ?? 0) }
          }
        }
      })
      suites.testRevocationStore(test, open)
    },
    failing: 'skips nothing for a follower while fifty revoke at once'
  },
  {
    name: 'a ring that reads its generation first and adds later',
    run: (test) => {
      const open = broken('signingKeys', (kept) => ({
        async add(key: never, generation: number) {
          if ((await kept.list()).generation !== generation) return false
          await later()
          return kept.add(key, (await kept.list()).generation)
        }
      }))
      suites.testSigningKeyStore(test, open)
    },
    failing: 'lets one of fifty processes that saw the same ring add the next key'
  },
  {
    name: 'a login that reads first and creates later',
    run: (test) => {
      const open = broken('accounts', (kept) => {
        const made = new Map<string, object>()
        return {
          async findOrCreate(identity: { subject: string }, account: object) {
            const known = made.get(identity.subject)
            if (known !== undefined) return { account: known, created: false }
            await later()
            made.set(identity.subject, account)
            return { account, created: true }
          },
          find: kept.find
        }
      })
      suites.testAccountStore(test, open)
    },
    failing: 'makes one account of fifty first logins at once'
  },
  {
    name: 'a touch that restores a session',
    run: (test) => {
      const open = broken('sessions', () => ({ touch: async () => true }))
      suites.testSessionStore(test, open)
    },
    failing: 'ends a session for good, and no other: no touch brings it back'
  },
  {
    name: 'a refresh that ignores the version',
    run: (test) => {
      const open = broken('upstreamTokens', (kept) => ({
        async replace(owner: never, sealed: string) {
          await kept.put(owner, sealed)
          return true
        }
      }))
      suites.testUpstreamTokenStore(test, open)
    },
    failing: 'replaces nothing that was removed, nor what was put since'
  },
  {
    name: 'a counter that reads first and writes later',
    run: (test) => {
      const open = broken('throttle', () => {
        const counts = new Map<string, number>()
        return {
          async reserve([limit]: readonly ThrottleLimit[], { now, window }: ThrottleWindow) {
            const key = limit?.key ?? ''
            const count = (counts.get(key) ?? 0) + 1
            await later()
            counts.set(key, count)
            return { reserved: true, counts: [{ count, resetsAt: now + window }] }
          }
        }
      })
      suites.testThrottleStore(test, open)
    },
    failing: 'gives each of fifty hits at once another count'
  },
  {
    name: 'a counter that reserves each key separately',
    run: (test) => {
      const { throttle } = memoryStore()
      const open = broken('throttle', () => ({
        ...throttle,
        async reserve(limits: readonly ThrottleLimit[], at: ThrottleWindow) {
          const single = await Promise.all(limits.map(async (limit) => throttle.reserve([limit], at)))
          const counts = single.flatMap((one) => one.counts)
          return { reserved: single.every(({ reserved }) => reserved), counts }
        }
      }))
      suites.testThrottleStore(test, open)
    },
    failing: 'counts one hit of each key, or none where one has no room'
  },
  {
    name: 'a record that is read first and removed later',
    run: (test) => {
      const open = broken('records', (kept) => ({
        async remove(key: RecordKey) {
          if ((await kept.find(key)) === null) return false
          await later()
          await kept.remove(key)
          return true
        }
      }))
      suites.testRecordStore(test, open)
    },
    failing: 'lets one of fifty at once remove a record, and leaves the others'
  },
  {
    name: 'a limit that counts expired records',
    run: (test) => {
      const open = broken('records', (kept) => {
        const created = new Map<string, number>()
        return {
          async create(record: NewRecord, most?: number) {
            const count = created.get(record.kind) ?? 0
            if (most !== undefined && count >= most) return false
            created.set(record.kind, count + 1)
            return kept.create(record)
          }
        }
      })
      suites.testRecordStore(test, open)
    },
    failing: 'creates no more than the given number of unexpired records of a kind'
  },
  {
    name: 'a proof that is read first and stored later',
    run: (test) => {
      const open = broken('dpopReplay', () => {
        const keys = new Set<string>()
        return {
          async remember(key: string) {
            const isNew = !keys.has(key)
            await later()
            keys.add(key)
            return isNew
          }
        }
      })
      suites.testDpopReplayStore(test, open)
    },
    failing: 'takes a key from one of fifty at once'
  }
] satisfies Break[]) {
  t.test(`${name} fails the suite`, async (t) => {
    const failed: string[] = []
    const runs: Promise<void>[] = []
    run((title, body) => runs.push(body().catch(() => void failed.push(title))))
    await Promise.all(runs)
    t.ok(failed.includes(failing), `failed: ${failed.join('; ')}`)
  })
}
