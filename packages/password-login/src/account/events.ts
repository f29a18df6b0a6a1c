import { type Channel, channel } from 'node:diagnostics_channel'
import { tell } from '@latchkey/guard/plugin'
import type { FastifyBaseLogger } from 'fastify'
import type { AccountMail } from './mail.ts'

/** An account was created or changed by its user. Published on the channel `latchkey:account`. */
export interface AccountChangedEvent {
  readonly by: 'password'
  readonly kind: 'signed-up' | 'email-verified' | 'email-changed' | 'password-reset' | 'password-changed'
  readonly subject: string
}

/** A mail was passed to `sendMail`, was not sent because the address has had enough of them, or could not be sent. */
export interface AccountMailEvent {
  readonly by: 'password'
  readonly kind: 'mail-sent' | 'mail-limited' | 'mail-failed'
  /** The kind of the mail; `null` if it failed before that was known. */
  readonly mail: AccountMail['kind'] | null
  /** The user of the address; `null` if there is none. */
  readonly subject: string | null
}

const accountChannel: Channel = channel('latchkey:account')

const CHANGES: Readonly<Record<AccountChangedEvent['kind'], string>> = {
  'signed-up': 'A user signed up',
  'email-verified': 'A user verified an e-mail address',
  'email-changed': 'A user changed the e-mail address',
  'password-reset': 'A user reset the password',
  'password-changed': 'A user changed the password'
}

/** Publishes and logs an {@link AccountChangedEvent}. */
export function tellChange(kind: AccountChangedEvent['kind'], subject: string, log: FastifyBaseLogger): void {
  const event = { by: 'password', kind, subject } satisfies AccountChangedEvent
  tell(accountChannel, event, { log, message: CHANGES[kind] })
}

/** Publishes and logs an {@link AccountMailEvent}. `details` are for the log only. */
export function tellMail(
  { kind, mail, subject }: Omit<AccountMailEvent, 'by'>,
  log: FastifyBaseLogger,
  details?: () => object
): void {
  const event = { by: 'password', kind, mail, subject } satisfies AccountMailEvent
  const line = { log, ...(details && { details }) }
  if (kind === 'mail-sent') tell(accountChannel, event, { ...line, message: 'A mail to a user was sent' })
  else if (kind === 'mail-limited') tell(accountChannel, event, { ...line, message: 'A mail was not sent: too many' })
  else tell(accountChannel, event, { ...line, level: 'error', message: 'A mail to a user could not be sent' })
}
