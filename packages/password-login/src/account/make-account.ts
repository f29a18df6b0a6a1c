import type { CreateThrottle } from '@latchkey/throttle'
import type { RecordStore } from '@latchkey/store'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Account } from './account.ts'
import { accountLinks } from './links.ts'
import type { ResolvedAccount } from './options.ts'
import { outbox } from './outbox.ts'

/** The parts of a server that the account is made of. */
interface AccountDependencies extends Pick<Account, 'settings' | 'sessions' | 'now' | 'attempts' | 'paths'> {
  /** `null` if the option `account` is not given. */
  readonly account: ResolvedAccount | null
  readonly records: RecordStore | undefined
  readonly forGuessableSecrets: CreateThrottle
  readonly seconds: () => number
}

/**
 * Returns the parts that the routes of the account share; `null` if the option `account` is not given. `app.guard.revokeAll()` then
 * ends the links of a user too.
 */
export function accountOf(app: FastifyInstance, dependencies: AccountDependencies): Account | null {
  const { account, records, forGuessableSecrets, seconds, ...parts } = dependencies
  if (account === null || records === undefined) return null
  const links = accountLinks(records, account.linkLifetime, seconds)
  // First: a link can be exchanged for a password, and so for a session.
  const revokeAll = async (subject: string): Promise<void> => links.removeAll(subject)
  app.guard.addRevocation({ name: '@latchkey/password-login', first: true, revokeAll })
  return {
    ...parts,
    account,
    links,
    outbox: outbox(account.sendMail),
    countMail: mailCount(forGuessableSecrets, account),
    revokeAll: async (subject) => app.guard.revokeAll(subject)
  }
}

/** Counts requests for mails. A throttle of guesses counts them: each is a guess that fails. */
function mailCount(forGuessableSecrets: CreateThrottle, { throttle: limits }: ResolvedAccount): Account['countMail'] {
  const throttle = forGuessableSecrets('mails', limits)
  return async (email: string, request: FastifyRequest) => {
    await throttle.attempt({ account: email, request }, async () => null)
  }
}
