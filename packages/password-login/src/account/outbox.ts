import { UnavailableError } from '@latchkey/guard'
import { redactedError } from '@latchkey/guard/plugin'
import { withTimeout } from '@latchkey/promises'
import type { FastifyBaseLogger } from 'fastify'
import { tellMail } from './events.ts'
import type { AccountMail, SendMail } from './mail.ts'

/** A mail, and the user of its address. */
export interface Letter {
  readonly mail: AccountMail
  readonly subject: string | null
}

/** Finds out which mail is to be sent: `null` for none. */
export type Compose = () => Promise<Letter | null>

/** Sends mails in the background. */
export interface Outbox {
  /**
   * Composes and sends a mail after the answer, so that its time tells nothing about the address. Never rejects: a failure is in
   * the event.
   *
   * @param secrets - for the log: texts that it must not contain
   * @param options - `isBounded: false` sends the mail even if many are under way. Default: `true`
   * @throws UnavailableError when too many mails are under way
   */
  post(
    compose: Compose,
    log: FastifyBaseLogger,
    secrets: readonly string[],
    options?: { readonly isBounded: boolean }
  ): void
  /** Resolves when no mail is under way. */
  settled(): Promise<void>
}

const MOST_UNDER_WAY = 100
const PATIENCE = 30_000

/** @param sendMail - the option */
export function outbox(sendMail: SendMail): Outbox {
  const underWay = new Set<Promise<void>>()

  return {
    post(compose, log, secrets, { isBounded } = { isBounded: true }) {
      if (isBounded && underWay.size >= MOST_UNDER_WAY) throw new UnavailableError('Too many mails are under way')
      const job = deliver(compose, log, secrets).finally(() => underWay.delete(job))
      underWay.add(job)
    },
    async settled() {
      await Promise.all(underWay)
    }
  }

  async function deliver(compose: Compose, log: FastifyBaseLogger, secrets: readonly string[]): Promise<void> {
    // After the answer, also when the stores answer at once.
    await new Promise(setImmediate)
    let letter: Letter | null = null
    try {
      letter = await withTimeout(PATIENCE, compose, () => new Error('The mail could not be composed in time'))
      if (letter === null) return
      const { mail, subject } = letter
      await withTimeout(
        PATIENCE,
        async () => sendMail(mail),
        () => new Error('sendMail did not answer in time')
      )
      tellMail({ kind: 'mail-sent', mail: mail.kind, subject }, log)
    } catch (error) {
      const { mail, subject = null } = letter ?? {}
      const hidden = [...secrets, ...(mail ? [mail.to, mail.url, tokenOf(mail.url)] : [])]
      const about = { kind: 'mail-failed', mail: mail?.kind ?? null, subject } as const
      tellMail(about, log, () => ({ err: redactedError(error, hidden) }))
    }
  }
}

function tokenOf(url: string): string {
  return new URL(url).searchParams.get('token') ?? url
}
