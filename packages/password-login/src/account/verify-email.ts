import type { Attempt } from '@latchkey/passwords'
import type { FastifyRequest } from 'fastify'
import { secretsIn } from '../body.ts'
import { LOGGED_IN } from '../documented-answers.ts'
import { PasswordLoginError } from '../errors.ts'
import { passwordField, WRONG_PASSWORD } from '../form/fields.ts'
import { startSession } from '../start-session.ts'
import { verified } from '../verified.ts'
import { type Account, linkLetter, userOfLink } from './account.ts'
import { documentationOf } from './documentation.ts'
import { tellChange } from './events.ts'
import type { AccountForm } from './form-route.ts'

const PATH = '/verify-email/link'

/**
 * The form behind the link that verifies an address. It asks for the password: a person who opens the link of a stranger's account
 * must not verify it.
 */
export function verifyEmailForm(account: Account): AccountForm {
  const { settings, links, attempts } = account
  const { users } = account.account
  return {
    url: account.paths.login + PATH,
    texts: 'verifyEmail',
    fields: [passwordField],
    hasToken: true,
    check: async ({ token }) => userOfLink(account.account, await links.find('verify-email', token)),
    documentation: documentationOf({
      summary: 'Verify the e-mail address',
      description: 'Verifies the address, and starts a session: the answer sets its cookie.',
      members: { token: 'The token of the link', password: 'The password' },
      answer: LOGGED_IN
    }),
    async submit(body, request, reply) {
      const token = body.text('token')
      const password = body.text('password')
      const { username, subject } = await userOfLink(account.account, await links.find('verify-email', token))
      if (username === null) throw new PasswordLoginError('invalid_link')
      if (!password) throw new PasswordLoginError('invalid_request', { field: 'password' })
      const user = await verified(attempts, { username, password }, request, { wrong: WRONG_PASSWORD, subject })
      const link = await links.use('verify-email', token, async (used) => {
        // Again, because the address may have changed while the password was verified.
        await userOfLink(account.account, used)
        if (!(await users.setVerified(subject, used.email))) throw new PasswordLoginError('invalid_link')
        return used
      })
      tellChange('email-verified', subject, request.log)
      return startSession(request, reply, user, { isRemembered: false, returnTo: link.returnTo ?? undefined }, settings)
    }
  }
}

/**
 * Refuses a user whose address is not verified, and sends the link that verifies it.
 *
 * @throws PasswordLoginError `unverified_email`
 */
export async function requireVerified(
  account: Account,
  { subject }: Attempt,
  request: FastifyRequest,
  returnTo: string | undefined
): Promise<void> {
  const { users, verifyEmail } = account.account
  const user = await users.findBySubject(subject)
  if (!user) throw new Error('account.users.findBySubject did not find the user of verifyPassword')
  if (user.verified) return
  const { email } = user
  if (!verifyEmail || email === null) {
    throw new PasswordLoginError('unverified_email', {
      message: ({ passwordLogin: { faults } }) => faults.unverifiedEmail
    })
  }
  const content = { email, subject, returnTo: returnTo ?? null }
  const mail = { kind: 'verify-email', content, path: account.paths.login + PATH } as const
  account.outbox.post(async () => linkLetter(account, mail, request.log), request.log, [...secretsIn(request), email])
  throw new PasswordLoginError('unverified_email')
}
