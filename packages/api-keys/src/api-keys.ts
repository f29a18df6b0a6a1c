import { correlationId } from '@latchkey/guard'
import { type RequestCredentials, tell } from '@latchkey/guard/plugin'
import type { RecordStore } from '@latchkey/store'
import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import { ApiKeyLimitError } from './errors.ts'
import { type ApiKeyEvent, apiKeyChannel } from './events.ts'
import { type ApiKeyInfo, infoOf, isExpired, type KeyContent, KIND, recordExpiry } from './key-info.ts'
import type { KeyMemory } from './key-memory.ts'
import { keyId, type KeyTexts } from './key-text.ts'
import { checkNewKey, type KeyLimits, type NewApiKey } from './new-key.ts'

/** A key that was created. */
export interface CreatedApiKey extends ApiKeyInfo {
  /** The key itself. The store has its hash only, so it cannot be shown again. */
  readonly key: string
}

/** The members of `app.apiKeys`. Errors of the store (503) reject. */
export interface ApiKeys {
  /**
   * Creates a key and returns it once.
   *
   * @throws ApiKeyRequestError for a wrong property; ApiKeyLimitError when the subject has `maxPerSubject` keys
   *
   * @example const { key } = await app.apiKeys.create({ subject: 'alice', name: 'backup', scopes: ['items:read'] })
   */
  create(given: NewApiKey): Promise<CreatedApiKey>
  /**
   * Returns the keys of a subject that have not expired, the oldest first.
   *
   * @example const keys = await app.apiKeys.list(request.principal.subject)
   */
  list(subject: string): Promise<readonly ApiKeyInfo[]>
  /**
   * Revokes a key. It is refused at once in this process, and in other processes when they no longer remember it. Returns
   * `false`, and changes nothing, if the subject has no such key.
   *
   * @param id - the `id` from `list()`; it may come straight from a form
   *
   * @example const existed = await app.apiKeys.revoke(request.principal.subject, id)
   */
  revoke(subject: string, id: string): Promise<boolean>
  /**
   * Revokes all keys of a subject, as {@link ApiKeys.revoke} does. Call it when the account is disabled.
   *
   * @example await app.apiKeys.revokeAll('alice')
   */
  revokeAll(subject: string): Promise<void>
  /**
   * Returns the key that authenticated a request; `null` if another credential or none did.
   *
   * @example request.log.info({ key: correlationId(app.apiKeys.current(request)?.id ?? '') }, 'An export began')
   */
  current(request: FastifyRequest): ApiKeyInfo | null
}

interface ApiKeysDependencies extends KeyLimits {
  readonly prefix: string
  readonly maxPerSubject: number
  readonly records: RecordStore
  readonly texts: KeyTexts
  readonly memory: KeyMemory
  readonly current: RequestCredentials<ApiKeyInfo>
  readonly log: FastifyBaseLogger
}

const ID = /^[\w-]{43}$/

export function apiKeysOf(dependencies: ApiKeysDependencies): ApiKeys {
  const { prefix, maxPerSubject, records, texts, memory, current, log, seconds } = dependencies
  return Object.freeze({
    create,
    list,
    revoke,
    revokeAll,
    current: (request: FastifyRequest) => current.of(request)
  })

  async function create(given: NewApiKey): Promise<CreatedApiKey> {
    const expiresAt = checkNewKey(given, dependencies)
    const { subject, name, scopes } = given
    const key = texts.create()
    const id = keyId(key)
    const content: KeyContent = {
      name,
      hint: `${prefix}_…${key.slice(-4)}`,
      scopes: [...new Set(scopes)],
      createdAt: seconds(),
      expiresAt,
      lastUsedAt: null
    }
    const record = { kind: KIND, id, owner: subject, content: JSON.stringify(content) }
    await records.create({ ...record, expiresAt: recordExpiry(content) })
    // After the creation, so that concurrent calls cannot exceed the limit. Near the limit, all of them may be refused.
    if ((await list(subject)).length > maxPerSubject) {
      await records.remove({ kind: KIND, id })
      throw new ApiKeyLimitError(maxPerSubject)
    }
    announce({ kind: 'created', subject, key: correlationId(id) }, 'An API key was created')
    return { key, id, subject, ...content }
  }

  async function list(subject: string): Promise<readonly ApiKeyInfo[]> {
    const keys = (await records.list(KIND, subject)).map(infoOf)
    return keys.filter((key) => !isExpired(key, seconds())).sort((a, b) => a.createdAt - b.createdAt)
  }

  async function revoke(subject: string, id: string): Promise<boolean> {
    const key = { kind: KIND, id }
    const record = ID.test(id) ? await records.find(key) : null
    if (record?.owner !== subject) return false
    const removed = await records.remove(key).finally(() => memory.forget((known) => known.id === id))
    if (removed) announce({ kind: 'revoked', subject, key: correlationId(id) }, 'An API key was revoked')
    return removed
  }

  async function revokeAll(subject: string): Promise<void> {
    await records.removeOwned(KIND, subject).finally(() => memory.forget((known) => known.subject === subject))
    announce({ kind: 'all-revoked', subject }, 'All API keys of a subject were revoked')
  }

  function announce(event: ApiKeyEvent, message: string): void {
    tell(apiKeyChannel, event, { log, message })
  }
}
