import { randomBytes } from 'node:crypto'
import type { RecordKey, RecordStore } from '@latchkey/store'
import { findStored, rewrite, type Stored, storedIn } from '../records.ts'
import { REMEMBERED, type StoredDevice } from './codes.ts'

/** The decision of a user about a device. */
export interface Decision {
  readonly clientId: string
  readonly subject: string
  /** `pending`: the user allowed the device, and the consent is not stored yet. The device must go on waiting. */
  readonly state: 'pending' | 'allowed' | 'denied'
  /** The granted scopes. */
  readonly scopes: readonly string[]
  /** When the user authenticated, in seconds since the epoch; 0 when the time is unknown. */
  readonly authenticatedAt: number
  /** The family of the tokens that the device code will be exchanged for. */
  readonly familyId: string
  /** The time for the comparison with revocations, in seconds since the epoch. */
  readonly decidedAt: number
  /** When the device code was exchanged, in seconds since the epoch; `null` if it was not. */
  readonly usedAt: number | null
}

/** A decision as it is stored. */
export type StoredDecision = Stored<Decision>

/** Keeps the decisions of users about devices: one for each device code. */
export interface Decisions {
  /** Stores a decision. A pending one of the same user is replaced. `null` if there is another decision already. */
  add(
    device: StoredDevice,
    decision: Pick<Decision, 'subject' | 'state' | 'scopes' | 'authenticatedAt' | 'decidedAt'>
  ): Promise<StoredDecision | null>
  /** Makes a pending decision one that counts. `false` if it was replaced, or its consent was withdrawn meanwhile. */
  confirm(decision: StoredDecision): Promise<boolean>
  /** Returns the decision about a device; `null` for none, and for a pending one. */
  find(device: StoredDevice): Promise<StoredDecision | null>
  /** Marks a decision as used, so that its device code is exchanged once. `false` if another request did it first. */
  use(decision: StoredDecision): Promise<boolean>
  /**
   * Ends the device codes that a subject allowed at one client; `null` for all clients. Returns the families of their tokens,
   * also of the codes that were exchanged before.
   */
  endOf(subject: string, clientId: string | null): Promise<readonly string[]>
}

const KIND = 'device-decision'

/** The decisions of a server, in its store. The subject owns the record. */
export function decisions(records: RecordStore, seconds: () => number): Decisions {
  return {
    async add({ id, content: { clientId, expiresAt } }, decision) {
      // Chosen before anything is issued, so that a second use of the code can revoke what the first one gets.
      const familyId = randomBytes(16).toString('base64url')
      const content = { ...decision, clientId, familyId, usedAt: null } satisfies Decision
      const before = await stored(id)
      const isWritten =
        before === null
          ? await records.create({
              ...keyOf(id),
              owner: decision.subject,
              content: JSON.stringify(content),
              expiresAt: expiresAt + REMEMBERED
            })
          : isReplaceable(before.content, decision.subject) && (await rewrite(records, before.record, content))
      const after = isWritten ? await stored(id) : null
      return after?.content.familyId === familyId ? after : null
    },

    confirm: async ({ record, content }) =>
      rewrite(records, record, { ...content, state: 'allowed' } satisfies Decision),

    async find({ id }) {
      const decision = await stored(id)
      return decision?.content.state === 'pending' ? null : decision
    },

    use: async ({ record, content }) => rewrite(records, record, { ...content, usedAt: seconds() } satisfies Decision),

    async endOf(subject, clientId) {
      const all = (await records.list(KIND, subject)).map((record) => storedIn<Decision>(record))
      const allowed = all.filter(
        ({ content }) => (clientId === null || content.clientId === clientId) && content.state !== 'denied'
      )
      for (const { record, content } of allowed) {
        if (content.usedAt === null) await rewrite(records, record, { ...content, state: 'denied' } satisfies Decision)
      }
      return allowed.map(({ content }) => content.familyId)
    }
  }

  async function stored(id: string): Promise<StoredDecision | null> {
    return findStored(records, keyOf(id))
  }
}

/** A pending decision is that of a request that failed. The owner of a record cannot change. */
function isReplaceable({ state, subject }: Decision, by: string): boolean {
  return state === 'pending' && subject === by
}

function keyOf(id: string): RecordKey {
  return { kind: KIND, id }
}
