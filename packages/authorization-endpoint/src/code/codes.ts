import { randomBytes } from 'node:crypto'
import type { RecordStore } from '@latchkey/store'
import { findStored, rewrite, secretKey, type Stored, storedIn } from '../records.ts'
import type { AuthorizationRequest } from '../request/request-checks.ts'

/** The data that a code stands for. */
export interface CodeContent
  extends Pick<AuthorizationRequest, 'clientId' | 'redirectUri' | 'namesRedirectUri' | 'codeChallenge' | 'resources'> {
  readonly subject: string
  /** The granted scopes. */
  readonly scopes: readonly string[]
  /** When the user authenticated, in seconds since the epoch; 0 when the time is unknown. */
  readonly authenticatedAt: number
  /** The family of the tokens that the code will be exchanged for. */
  readonly familyId: string
  /** The time for the comparison with revocations, in seconds since the epoch. */
  readonly issuedAt: number
  /** The code is refused from this time on, in seconds since the epoch. */
  readonly expiresAt: number
  readonly isUsed: boolean
}

/** A code as it is stored. */
export type StoredCode = Stored<CodeContent>

/** Issues authorization codes and takes each of them once. */
export interface AuthorizationCodes {
  /** Returns a new code: 256 random bits. The store gets its hash. */
  issue(binding: Omit<CodeContent, 'familyId' | 'expiresAt' | 'isUsed'>): Promise<string>
  /** Returns what a code stands for, used or not; `null` for an unknown code. */
  find(code: string): Promise<StoredCode | null>
  /** Marks a code as used. `false` if another request did it first. */
  use(code: StoredCode): Promise<boolean>
  /**
   * Removes the codes of a subject at one client, used or not. Returns the families of the tokens that they were exchanged for,
   * or that they are being exchanged for at the moment.
   */
  removeOf(subject: string, clientId: string): Promise<readonly string[]>
  /** Removes all codes of a subject. */
  removeAll(subject: string): Promise<void>
}

const KIND = 'authorization-code'

/** How long a used or expired code is remembered, in seconds: for this time its second use revokes the tokens of the first. */
const REMEMBERED = 900

/**
 * The authorization codes of a server, in its store.
 *
 * @param lifetime - in seconds
 * @see [RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2)
 */
export function authorizationCodes(records: RecordStore, lifetime: number, seconds: () => number): AuthorizationCodes {
  return {
    async issue(binding) {
      const code = randomBytes(32).toString('base64url')
      const expiresAt = seconds() + lifetime
      // Chosen before anything is issued, so that a second use of the code can revoke what the first one gets.
      const familyId = randomBytes(16).toString('base64url')
      const content = { ...binding, familyId, expiresAt, isUsed: false } satisfies CodeContent
      await records.create({
        ...secretKey(KIND, code),
        owner: binding.subject,
        content: JSON.stringify(content),
        expiresAt: expiresAt + REMEMBERED
      })
      return code
    },
    find: async (code) => findStored(records, secretKey(KIND, code)),
    use: async ({ record, content }) => rewrite(records, record, { ...content, isUsed: true } satisfies CodeContent),
    async removeOf(subject, clientId) {
      const families: string[] = []
      for (const record of await records.list(KIND, subject)) {
        const { content } = storedIn<CodeContent>(record)
        if (content.clientId !== clientId) continue
        await records.remove(record)
        families.push(content.familyId)
      }
      return families
    },
    removeAll: async (subject) => records.removeOwned(KIND, subject)
  }
}
