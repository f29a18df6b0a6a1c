import { emailField, newPasswordField } from '../form/fields.ts'
import { type Account, linkLetter, notify, userOfLink } from './account.ts'
import { documentationOf, MAIL_SENT } from './documentation.ts'
import { emailIn } from './email.ts'
import { tellChange } from './events.ts'
import { type AccountForm, answerDone, answerMailed } from './form-route.ts'
import { newPasswordIn } from './new-password.ts'

/** The form for the address of a user who forgot the password. */
export function resetPasswordForm(account: Account, url: string): AccountForm {
  const { users } = account.account
  return {
    url,
    texts: 'resetPassword',
    fields: [emailField],
    hasToken: false,
    done: 'mailSent',
    documentation: documentationOf({
      summary: 'Reset the password: ask for a link',
      description: 'Sends a link to the address, if it is that of an account.',
      members: { email: 'The e-mail address' },
      answer: MAIL_SENT
    }),
    async submit(body, request, reply) {
      const typed = emailIn(body)
      await account.countMail(typed, request)
      const { log } = request
      return answerMailed(account, request, reply, url, async () => {
        const user = await users.findByEmail(typed)
        if (!user?.email || user.disabled) return null
        // To the stored address: a lookup may find a user by another spelling.
        const content = { email: user.email, subject: user.subject, returnTo: null }
        return linkLetter(account, { kind: 'reset-password', content, path: `${url}/link` }, log)
      })
    }
  }
}

/** The form for the new password, behind the link. */
export function resetPasswordLinkForm(account: Account, url: string): AccountForm {
  const { links } = account
  const { users, policy, hashPassword } = account.account
  return {
    url: `${url}/link`,
    texts: 'resetPasswordLink',
    fields: [newPasswordField(policy.minLength)],
    retry: url,
    hasToken: true,
    done: 'passwordSet',
    check: async ({ token }) => userOfLink(account.account, await links.find('reset-password', token)),
    documentation: documentationOf({
      summary: 'Reset the password: set the new one',
      description: 'Sets the password, and ends all sessions, tokens and keys of the user.',
      members: { token: 'The token of the link', newPassword: 'The new password' },
      answer: { 200: { description: 'The password is set, for JSON', type: 'object' } }
    }),
    async submit(body, request, reply) {
      const token = body.text('token')
      await links.find('reset-password', token)
      const password = await newPasswordIn(body, policy)
      await links.use('reset-password', token, async (link, { requireLive, keptIfFailing }) => {
        // While the link is taken, so that a link costs one hash at a time.
        const passwordHash = await hashPassword(password)
        const owner = await userOfLink(account.account, link)
        const { subject } = owner
        await requireLive()
        await users.setPassword(subject, passwordHash)
        // The link has proved the address.
        const isVerified = owner.verified || (await users.setVerified(subject, link.email))
        // First, because the password is set even if not everything can be ended.
        tellChange('password-reset', subject, request.log)
        notify(account, { ...owner, verified: isVerified }, 'password-changed', request)
        await keptIfFailing(async () => account.revokeAll(subject))
      })
      return answerDone(request, reply, `${url}/link`, { body: { done: true } })
    }
  }
}
