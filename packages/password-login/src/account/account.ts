import { safeReturnTo } from '@latchkey/guard'
import type { PasswordAttempts } from '@latchkey/passwords'
import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import { secretsIn } from '../body.ts'
import { PasswordLoginError } from '../errors.ts'
import type { LoginSettings } from '../login-settings.ts'
import type { Sessions } from '../session.ts'
import { tellMail } from './events.ts'
import type { Link, LinkContent, LinkKind, Links } from './links.ts'
import type { AccountMail } from './mail.ts'
import type { ResolvedAccount } from './options.ts'
import type { Letter, Outbox } from './outbox.ts'
import type { AccountPaths } from './paths.ts'
import type { AccountUser } from './users.ts'

/** The parts that the routes of the account share. */
export interface Account {
  readonly settings: LoginSettings
  readonly account: ResolvedAccount
  readonly sessions: Sessions
  /** The time in milliseconds since the epoch. */
  readonly now: () => number
  readonly attempts: PasswordAttempts
  readonly links: Links
  readonly outbox: Outbox
  readonly paths: AccountPaths
  /** Counts a request for a mail. @throws TooManyRequestsError */
  readonly countMail: (email: string, request: FastifyRequest) => Promise<void>
  /** Ends all sessions, tokens and links of a user. */
  readonly revokeAll: (subject: string) => Promise<void>
}

/** A mail with a link that is to be sent. */
export interface LinkMail {
  readonly kind: LinkKind
  readonly content: LinkContent
  /** The path of the page that the link opens, with the prefix. */
  readonly path: string
}

type Notice = Exclude<AccountMail, { readonly expiresAt: number }>

/** Creates a link, and returns the mail with it; `null` if the address has had enough of them. */
export async function linkLetter(
  { links, settings }: Pick<Account, 'links' | 'settings'>,
  { kind, content, path }: LinkMail,
  log: FastifyBaseLogger
): Promise<Letter | null> {
  const { email, subject } = content
  // Checked again when the login ends there. Here, a long text would not fit into the record.
  const returnTo = content.returnTo === null ? null : safeReturnTo(content.returnTo, settings.origin, settings.returnTo)
  const link = await links.create(kind, { ...content, returnTo })
  if (link === null) return limited(kind, subject, log)
  const { token, expiresAt } = link
  const url = new URL(path, settings.origin)
  url.searchParams.set('token', token)
  return { mail: { kind, to: email, url: url.href, expiresAt }, subject }
}

/** Returns a mail without a link; `null` if the address has had enough of them. */
export async function noticeLetter(
  { links, settings }: Pick<Account, 'links' | 'settings'>,
  { kind, to, path }: { readonly kind: Notice['kind']; readonly to: string; readonly path: string },
  subject: string,
  log: FastifyBaseLogger
): Promise<Letter | null> {
  if (!(await links.count(kind, to))) return limited(kind, subject, log)
  return { mail: { kind, to, url: new URL(path, settings.origin).href }, subject }
}

/** Sends a notice to a user after a change, if the user has a verified address. */
export function notify(
  account: Account,
  user: AccountUser,
  kind: 'password-changed' | 'email-changed',
  request: FastifyRequest
): void {
  const { email, verified, subject } = user
  if (email === null || !verified) return
  const path = account.paths.resetPassword ?? account.paths.login
  const compose = async (): Promise<Letter | null> =>
    noticeLetter(account, { kind, to: email, path }, subject, request.log)
  // Only a user who has proved to be one causes a notice, so strangers cannot fill the server with them.
  account.outbox.post(compose, request.log, [...secretsIn(request), email], { isBounded: false })
}

/**
 * Returns the user of a link.
 *
 * @throws PasswordLoginError `invalid_link` if the user is gone, is disabled or has another address now
 */
export async function userOfLink({ users }: ResolvedAccount, { subject, email }: Link): Promise<AccountUser> {
  // Cast: only a sign-up has no subject, and its links have another kind.
  const user = await users.findBySubject(subject as string)
  if (!user || user.disabled || user.email !== email) throw new PasswordLoginError('invalid_link')
  return user
}

/** Publishes that an address has had enough mails. */
export function limited(mail: AccountMail['kind'], subject: string | null, log: FastifyBaseLogger): null {
  tellMail({ kind: 'mail-limited', mail, subject }, log)
  return null
}
