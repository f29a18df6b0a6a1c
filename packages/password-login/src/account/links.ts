import { createHash, randomBytes } from 'node:crypto'
import { UnavailableError } from '@latchkey/guard'
import type { NewRecord, RecordKey, RecordStore, StoredRecord } from '@latchkey/store'
import { PasswordLoginError } from '../errors.ts'

/** The purpose of a link in a mail. A link of one kind is useless for another. */
export type LinkKind = 'sign-up' | 'verify-email' | 'reset-password' | 'change-email'

/** The data that a link stands for. */
export interface LinkContent {
  /** The address that the link was sent to. */
  readonly email: string
  /** The user; `null` for a sign-up. */
  readonly subject: string | null
  /** Where the login ends afterwards, unchecked. */
  readonly returnTo: string | null
}

/** A link that was sent. */
export interface Link extends LinkContent {
  readonly expiresAt: number
}

/** Creates the links of mails, and lets each of them be used once. The store has only their hashes. */
export interface Links {
  /**
   * Returns the token of a new link, and when it expires; `null` if the address or the user has so many live links of the kind
   * that no more mail is sent. The links that were sent still work.
   */
  create(kind: LinkKind, content: LinkContent): Promise<{ readonly token: string; readonly expiresAt: number } | null>
  /** Counts a mail without a link. `false` if the address has had enough of them. */
  count(kind: string, email: string): Promise<boolean>
  /**
   * Returns the data of a link, and does not use it: mail scanners open links.
   *
   * @throws PasswordLoginError `invalid_link`
   */
  find(kind: LinkKind, token: string | undefined): Promise<Link>
  /**
   * Uses a link: of any number of concurrent calls, one runs `action`. If `action` throws, the link can be used again.
   *
   * @throws PasswordLoginError `invalid_link`. The errors of `action`
   */
  use<Answer>(kind: LinkKind, token: string | undefined, action: (link: Link) => Promise<Answer>): Promise<Answer>
  /** Ends all links of a user. */
  removeAll(subject: string): Promise<void>
}

const KINDS: readonly LinkKind[] = ['sign-up', 'verify-email', 'reset-password', 'change-email']
/** The live links of one kind and one owner, and so the mails that an address gets in the lifetime of a link. */
const MOST_LIVE = 5
/** All live links of a kind: strangers can make the server create them. */
const MOST_OF_A_KIND = 100_000
const TOKEN = /^[\w-]{43}$/

/**
 * The links of a server, in its store.
 *
 * @param lifetime - in seconds
 */
export function accountLinks(records: RecordStore, lifetime: number, seconds: () => number): Links {
  return {
    async create(kind, content) {
      const token = randomBytes(32).toString('base64url')
      const owner = ownerOf(content)
      const expiresAt = seconds() + lifetime
      if ((await live(kind, owner)) >= MOST_LIVE) return null
      await store({ ...keyOf(kind, token), owner, content: JSON.stringify(content), expiresAt })
      return { token, expiresAt }
    },
    async count(kind, email) {
      const owner = `email:${email}`
      if ((await live(kind, owner)) >= MOST_LIVE) return false
      const id = randomBytes(32).toString('base64url')
      await store({ kind: recordKind(kind), id, owner, content: '', expiresAt: seconds() + lifetime })
      return true
    },
    find: async (kind, token) => linkOf(await found(kind, token)),
    async use(kind, token, action) {
      const record = await found(kind, token)
      if (!(await records.remove(record))) throw new PasswordLoginError('invalid_link')
      try {
        return await action(linkOf(record))
      } catch (error) {
        const { version: _, ...same } = record
        await records.create(same)
        throw error
      }
    },
    async removeAll(subject) {
      await Promise.all(KINDS.map(async (kind) => records.removeOwned(recordKind(kind), subject)))
    }
  }

  async function store(record: NewRecord): Promise<void> {
    if (!(await records.create(record, MOST_OF_A_KIND))) throw new UnavailableError('There are too many links')
  }

  async function live(kind: string, owner: string): Promise<number> {
    const now = seconds()
    return (await records.list(recordKind(kind), owner)).filter(({ expiresAt }) => now < expiresAt).length
  }

  async function found(kind: LinkKind, token: string | undefined): Promise<StoredRecord> {
    const record = token !== undefined && TOKEN.test(token) ? await records.find(keyOf(kind, token)) : null
    if (record === null || seconds() >= record.expiresAt) throw new PasswordLoginError('invalid_link')
    return record
  }
}

function ownerOf({ subject, email }: LinkContent): string {
  return subject ?? `email:${email}`
}

function keyOf(kind: LinkKind, token: string): RecordKey {
  return { kind: recordKind(kind), id: createHash('sha256').update(token).digest('base64url') }
}

function recordKind(kind: string): string {
  return `password-login-${kind}`
}

function linkOf({ content, expiresAt }: StoredRecord): Link {
  return { ...(JSON.parse(content) as LinkContent), expiresAt } // only create() writes it
}
