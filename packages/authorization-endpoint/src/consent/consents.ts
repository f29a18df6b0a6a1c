import type { RecordKey, RecordStore } from '@latchkey/store'
import { findLive, secretKey, storedIn } from '../records.ts'

/** The access that a user allowed a client. */
export interface Consent {
  readonly clientId: string
  /** The name of the client at the time of the consent. */
  readonly clientName: string
  /** The allowed scopes by resource. The key `''` stands for the default resource. */
  readonly scopes: Readonly<Record<string, readonly string[]>>
  /** When the user last allowed something, in seconds since the epoch. */
  readonly grantedAt: number
}

/** A consent to remember. */
export interface NewConsent {
  readonly subject: string
  readonly clientId: string
  readonly clientName: string
  readonly resources: readonly string[]
  readonly scopes: readonly string[]
}

/** A consent that a client asks for. */
type AskedConsent = Omit<NewConsent, 'clientName'>

/** Remembers the consents of users. */
export interface Consents {
  /** Returns the scopes that the user has not allowed yet; `null` if the user allowed the client nothing yet at one of the resources. */
  missing(consent: AskedConsent): Promise<readonly string[] | null>
  /** Whether the user allows the client all of the scopes, for all of the resources. */
  covers(consent: AskedConsent): Promise<boolean>
  /** Adds the scopes to what the user allowed the client before. */
  add(consent: NewConsent): Promise<void>
  list(subject: string): Promise<readonly Consent[]>
  /** Returns whether there was a consent. */
  remove(subject: string, clientId: string): Promise<boolean>
  /** Removes all consents of a subject. */
  removeAll(subject: string): Promise<void>
}

const KIND = 'consent'
const MOST_ATTEMPTS = 10

/**
 * The consents of all users, in the store, by user and client.
 *
 * @param lifetime - how long a consent is remembered after the last one, in seconds
 */
export function consents(records: RecordStore, lifetime: number, seconds: () => number): Consents {
  return {
    missing,
    covers: async (consent) => (await missing(consent))?.length === 0,

    async add(consent) {
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) if (await tryToAdd(consent)) return
      throw new Error('The consent was changed again and again by other requests')
    },

    async list(subject) {
      const live = (await records.list(KIND, subject)).filter(({ expiresAt }) => seconds() < expiresAt)
      return live.map((record) => storedIn<Consent>(record).content)
    },

    remove: async (subject, clientId) => records.remove(keyOf(subject, clientId)),
    removeAll: async (subject) => records.removeOwned(KIND, subject)
  }

  async function missing({ subject, clientId, resources, scopes }: AskedConsent): Promise<readonly string[] | null> {
    const known = await findLive<Consent>(records, keyOf(subject, clientId), seconds)
    const lists = placesOf(resources).map((place) => known?.content.scopes[place])
    if (lists.includes(undefined)) return null
    return scopes.filter((scope) => !lists.every((allowed) => allowed?.includes(scope)))
  }

  async function tryToAdd({ subject, clientId, clientName, resources, scopes }: NewConsent): Promise<boolean> {
    const key = keyOf(subject, clientId)
    const known = await findLive<Consent>(records, key, seconds)
    const grantedAt = seconds()
    const before = known?.content.scopes ?? {}
    const added = placesOf(resources).map(
      (place) => [place, [...new Set([...(before[place] ?? []), ...scopes])]] as const
    )
    const consent = {
      clientId,
      clientName,
      scopes: { ...before, ...Object.fromEntries(added) },
      grantedAt
    } satisfies Consent
    const change = { content: JSON.stringify(consent), expiresAt: grantedAt + lifetime }
    if (known !== null) return records.replace(key, known.record.version, change)
    return records.create({ ...key, owner: subject, ...change })
  }
}

function placesOf(resources: readonly string[]): readonly string[] {
  return resources.length === 0 ? [''] : resources
}

function keyOf(subject: string, clientId: string): RecordKey {
  return secretKey(KIND, JSON.stringify([subject, clientId]))
}
