import { randomBytes } from 'node:crypto'
import { UnavailableError } from '@latchkey/guard'
import { sha256 } from '@latchkey/guard/plugin'
import type { RecordKey, RecordStore, StoredRecord } from '@latchkey/store'
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

/** The steps of the use of a link. */
interface Steps {
  /**
   * Checks that the link was not ended since its use began, after a step that took long.
   *
   * @throws PasswordLoginError `invalid_link`
   */
  readonly requireLive: () => Promise<void>
  /** Runs a step that ends all links of the user. If it fails, the link is stored again, so that the user can repeat it. */
  readonly keptIfFailing: (step: () => Promise<void>) => Promise<void>
}

/** A link as it is stored. */
interface StoredLink extends LinkContent {
  /** Whether a request is using the link, or has used it. */
  readonly isTaken: boolean
}

/** Creates the links of mails, and lets each of them be used once. The store has only their hashes. */
export interface Links {
  /**
   * Returns the token of a new link, and when it expires; `null` if the address or the user has had so many links of the kind that
   * no more mail is sent. The links that were sent still work.
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
   * Uses a link: of any number of concurrent calls, one runs `action`. If `action` throws, the link can be used again, unless the
   * links of the user were ended meanwhile.
   *
   * @param action - gets the link, and functions for its steps
   * @throws PasswordLoginError `invalid_link`. The errors of `action`
   */
  use<Answer>(
    kind: LinkKind,
    token: string | undefined,
    action: (link: Link, steps: Steps) => Promise<Answer>
  ): Promise<Answer>
  /** Ends all links of a user. */
  removeAll(subject: string): Promise<void>
}

const KINDS: readonly LinkKind[] = ['sign-up', 'verify-email', 'reset-password', 'change-email']
/** The mails of one kind that an owner gets in the lifetime of a link. */
const MOST_MAILS = 5
/** All records of a kind, a link and its place: strangers can make the server create them. */
const MOST_OF_A_KIND = 200_000
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
      if (!(await takePlace(kind, owner, expiresAt))) return null
      const link = { ...keyOf(kind, token), owner, content: textOf(content, false), expiresAt }
      if (!(await records.create(link, MOST_OF_A_KIND))) throw tooMany()
      return { token, expiresAt }
    },
    count: async (kind, email) => takePlace(kind, `email:${email}`, seconds() + lifetime),
    find: async (kind, token) => linkOf(await found(kind, token)),
    async use(kind, token, action) {
      const record = await found(kind, token)
      const link = linkOf(record)
      const taken = { content: textOf(link, true), expiresAt: record.expiresAt }
      if (!(await records.replace(record, record.version, taken))) throw new PasswordLoginError('invalid_link')
      const answer = await action(link, stepsWith(record)).catch(async (error: unknown) => {
        await giveBack(record)
        throw error
      })
      await records.remove(record)
      return answer
    },
    async removeAll(subject) {
      await Promise.all(KINDS.map(async (kind) => records.removeOwned(recordKind(kind), subject)))
    }
  }

  /** Takes a place for a mail, until it expires; `false` if there is none. Places have fixed keys, so no two calls get the same one. */
  async function takePlace(kind: string, owner: string, expiresAt: number): Promise<boolean> {
    for (let place = 0; place < MOST_MAILS; place++) {
      const key = { kind: recordKind(kind), id: sha256(JSON.stringify([owner, place])) }
      if (await records.create({ ...key, owner, content: '', expiresAt }, MOST_OF_A_KIND)) return true
      if ((await records.find(key)) === null) throw tooMany()
    }
    return false
  }

  async function found(kind: LinkKind, token: string | undefined): Promise<StoredRecord> {
    const record = token !== undefined && TOKEN.test(token) ? await records.find(keyOf(kind, token)) : null
    if (record === null || seconds() >= record.expiresAt || storedIn(record).isTaken) {
      throw new PasswordLoginError('invalid_link')
    }
    return record
  }

  function stepsWith(record: StoredRecord): Steps {
    const { version: _, ...fresh } = record
    return {
      async requireLive() {
        if ((await records.find(record)) === null) throw new PasswordLoginError('invalid_link')
      },
      async keptIfFailing(step) {
        try {
          await step()
        } catch (error) {
          await records.remove(record)
          await records.create(fresh)
          throw error
        }
      }
    }
  }

  /** Makes a taken link usable again. Does nothing if it was ended meanwhile. */
  async function giveBack({ kind, id, content, expiresAt }: StoredRecord): Promise<void> {
    const current = await records.find({ kind, id })
    if (current !== null) await records.replace(current, current.version, { content, expiresAt })
  }
}

function ownerOf({ subject, email }: LinkContent): string {
  return subject ?? `email:${email}`
}

function keyOf(kind: LinkKind, token: string): RecordKey {
  return { kind: recordKind(kind), id: sha256(token) }
}

function recordKind(kind: string): string {
  return `password-login-${kind}`
}

function textOf({ email, subject, returnTo }: LinkContent, isTaken: boolean): string {
  return JSON.stringify({ email, subject, returnTo, isTaken } satisfies StoredLink)
}

function storedIn({ content }: StoredRecord): StoredLink {
  return JSON.parse(content) as StoredLink // only textOf() writes it
}

function linkOf(record: StoredRecord): Link {
  const { email, subject, returnTo } = storedIn(record)
  return { email, subject, returnTo, expiresAt: record.expiresAt }
}

function tooMany(): UnavailableError {
  return new UnavailableError('There are too many links')
}
