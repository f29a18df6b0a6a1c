import { UnavailableError } from '@latchkey/guard'
import { readonlyScopes } from '@latchkey/guard/plugin'
import { singleFlight } from '@latchkey/promises'
import type { RecordStore, StoredRecord } from '@latchkey/store'
import type { Throttle } from '@latchkey/throttle'
import type { FastifyRequest } from 'fastify'
import { infoOf, isExpired, KIND } from './key-info.ts'
import type { KeyMemory, Verdict } from './key-memory.ts'

/** Finds keys in the store. */
export interface KeyLookup {
  /**
   * @throws UnavailableError when the store does not answer; the error of the throttle after too many refused keys of the
   * address
   */
  find(id: string, request: FastifyRequest): Promise<Verdict>
}

interface KeyLookupDependencies {
  readonly records: RecordStore
  readonly memory: KeyMemory
  readonly throttle: Throttle
  /** Warns once if the address of a request is not that of its client. */
  readonly watch: (request: FastifyRequest) => void
  readonly seconds: () => number
}

/** All addresses share this account, so that failures are counted by address alone. */
const ACCOUNT = 'API keys'

/** Looks keys up by their identifier. Concurrent requests with one key share one lookup. */
export function keyLookup({ records, memory, throttle, watch, seconds }: KeyLookupDependencies): KeyLookup {
  const shared = singleFlight<Verdict>()

  return {
    async find(id, request) {
      watch(request)
      let verdict: Verdict | undefined
      const key = await throttle.attempt({ account: ACCOUNT, request }, async () => {
        verdict = await ask(id)
        return verdict.isKey ? verdict : null
      })
      return key ?? (verdict as Verdict) // without a key, the attempt has set it
    }
  }

  async function ask(id: string): Promise<Verdict> {
    const generation = memory.generation()
    // With the generation: a request after a revocation does not share a lookup from before it.
    return shared(`${generation} ${id}`, async () => {
      const verdict = verdictOf(await stored(id))
      memory.remember(id, verdict, generation)
      return verdict
    })
  }

  async function stored(id: string): Promise<StoredRecord | null> {
    try {
      return await records.find({ kind: KIND, id })
    } catch (cause) {
      throw new UnavailableError('API keys cannot be looked up now', { cause })
    }
  }

  function verdictOf(record: StoredRecord | null): Verdict {
    if (record === null) return { isKey: false, code: 'unknown', subject: null }
    const info = infoOf(record)
    if (isExpired(info, seconds())) return { isKey: false, code: 'expired', subject: info.subject }
    // Frozen, so that the guard may reuse it for other requests.
    const authentication = Object.freeze({
      subject: info.subject,
      issuer: null,
      scopes: readonlyScopes(info.scopes),
      claims: Object.freeze({}),
      authenticatedAt: null
    })
    return { isKey: true, info, authentication }
  }
}
