import { randomBytes } from 'node:crypto'
import { sha256 } from '@latchkey/guard/plugin'
import type { RecordKey, RecordStore } from '@latchkey/store'
import type { Client } from '@latchkey/token-endpoint'
import { findLive, type Stored } from '../records.ts'
import { isTokenOf } from './token.ts'

/** A client as it is registered. */
export interface RegisteredClient {
  readonly client: Client
  /** In seconds since the epoch. */
  readonly issuedAt: number
}

/** A new client, with the token that reads and removes it. */
export interface NewClient extends RegisteredClient {
  readonly registrationAccessToken: string
}

/** The clients that have registered themselves. */
export interface RegisteredClients {
  /** Registers a client under a new identifier. `null` when there are too many clients. */
  add(clientWith: (clientId: string) => Client): Promise<NewClient | null>
  /** Returns a client; `undefined` if it is unknown or expired. Extends its life. */
  find(clientId: string): Promise<Client | undefined>
  /** Returns a client for its token; `null` for another token, and for an unknown client. */
  read(clientId: string, registrationAccessToken: string): Promise<RegisteredClient | null>
  /** Removes a client for its token. `false` for another token, and for an unknown client. */
  remove(clientId: string, registrationAccessToken: string): Promise<boolean>
}

interface Content extends RegisteredClient {
  readonly tokenHash: string
}

const CLIENT_ID = /^[\w-]{22}$/
const DAY = 24 * 60 * 60
/** How long a client is registered after its last use, in seconds. */
const LIFETIME = 30 * DAY

/**
 * The registered clients of a server, in its store. A client that is not used for 30 days is forgotten. To keep writes few, its
 * life is extended at most once a day.
 *
 * @param most - the most clients
 */
export function registeredClients(records: RecordStore, most: number, seconds: () => number): RegisteredClients {
  return {
    async add(clientWith) {
      const client = clientWith(randomBytes(16).toString('base64url'))
      const registrationAccessToken = randomBytes(32).toString('base64url')
      const issuedAt = seconds()
      const content = { client, issuedAt, tokenHash: sha256(registrationAccessToken) } satisfies Content
      const record = { ...keyOf(client.clientId), owner: null, expiresAt: issuedAt + LIFETIME }
      const isAdded = await records.create({ ...record, content: JSON.stringify(content) }, most)
      return isAdded ? { client, issuedAt, registrationAccessToken } : null
    },
    async find(clientId) {
      const known = await live(clientId)
      if (known === null) return undefined
      const { record, content } = known
      const expiresAt = seconds() + LIFETIME
      // Another process may extend it at the same moment, and that will do.
      if (expiresAt - record.expiresAt >= DAY) {
        await records.replace(record, record.version, { content: record.content, expiresAt })
      }
      return content.client
    },
    async read(clientId, token) {
      return (await liveFor(clientId, token))?.content ?? null
    },
    async remove(clientId, token) {
      const known = await liveFor(clientId, token)
      return known !== null && (await records.remove(known.record))
    }
  }

  async function live(clientId: string): Promise<Stored<Content> | null> {
    return CLIENT_ID.test(clientId) ? findLive(records, keyOf(clientId), seconds) : null
  }

  async function liveFor(clientId: string, token: string): Promise<Stored<Content> | null> {
    const known = await live(clientId)
    return known !== null && isTokenOf(known.content.tokenHash, token) ? known : null
  }
}

function keyOf(id: string): RecordKey {
  return { kind: 'client', id }
}
