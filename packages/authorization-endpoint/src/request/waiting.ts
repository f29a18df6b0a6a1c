import { randomBytes } from 'node:crypto'
import { sha256 } from '@latchkey/guard/plugin'
import type { RecordStore, StoredRecord } from '@latchkey/store'
import { findLive, rewrite, secretKey } from '../records.ts'
import type { AuthorizationRequest } from './request-checks.ts'

/** A request that waits for its user: to log in, or to decide. */
export interface WaitingRequest {
  readonly request: AuthorizationRequest
  /** The session at the time of the request, hashed; `null` if the browser had none. A later session means a new login. */
  readonly sessionBefore: string | null
  /** The last question for the user; `null` if nothing was asked yet. */
  readonly question: Question | null
}

/** A question for the user. An answer counts only for the same session and the same scopes. */
export interface Question {
  /** The session that was asked, hashed. */
  readonly session: string
  readonly scopes: readonly string[]
}

/** A waiting request as it is stored. */
export interface StoredRequest extends WaitingRequest {
  readonly record: StoredRecord
}

/** Keeps requests while their users log in and decide. */
export interface WaitingRequests {
  /** Returns the identifier of the request: 256 random bits. The store gets its hash. */
  keep(waiting: WaitingRequest): Promise<string>
  /** Returns a request; `null` if it is unknown, answered or expired. */
  find(id: string): Promise<StoredRequest | null>
  /** Stores the question that the user is asked. `false` if the request was changed or answered meanwhile. */
  ask(stored: StoredRequest, question: Question): Promise<boolean>
  /** Removes a request, so that it is answered once. `false` if it was answered already. */
  take(stored: StoredRequest): Promise<boolean>
}

const KIND = 'authorization-request'

/**
 * The waiting requests of a server, in its store: a URL with all parameters of a request would be too long to travel through a
 * login at a provider.
 *
 * @param lifetime - in seconds
 */
export function waitingRequests(records: RecordStore, lifetime: number, seconds: () => number): WaitingRequests {
  return {
    async keep(waiting) {
      const id = randomBytes(32).toString('base64url')
      const content = JSON.stringify(waiting)
      await records.create({ ...secretKey(KIND, id), owner: null, content, expiresAt: seconds() + lifetime })
      return id
    },
    async find(id) {
      const stored = await findLive<WaitingRequest>(records, secretKey(KIND, id), seconds)
      return stored && { record: stored.record, ...stored.content }
    },
    ask: async ({ record, request, sessionBefore }, question) =>
      rewrite(records, record, { request, sessionBefore, question } satisfies WaitingRequest),
    take: async ({ record }) => records.remove(record)
  }
}

/** The hash of a session's identifier, which is compared and not used. */
export function sessionHash(id: string): string {
  return sha256(id)
}
