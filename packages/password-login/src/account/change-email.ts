import { authenticated } from '@latchkey/guard'
import { LOGGED_IN } from '../documented-answers.ts'
import { PasswordLoginError } from '../errors.ts'
import { emailField } from '../form/fields.ts'
import { answerLoggedIn } from '../start-session.ts'
import { type Account, limited, linkLetter, noticeLetter, notify } from './account.ts'
import { documentationOf, MAIL_SENT } from './documentation.ts'
import { emailIn } from './email.ts'
import { tellChange } from './events.ts'
import { type AccountForm, answerMailed } from './form-route.ts'
import { requireRecent, requireSession } from './require-session.ts'

/** The form for another address of a logged-in user. */
export function changeEmailForm(account: Account, url: string): AccountForm {
  const { sessions, now } = account
  const { users } = account.account
  return {
    url,
    texts: 'changeEmail',
    fields: [{ ...emailField, text: 'newEmail' }],
    hasToken: false,
    access: authenticated,
    done: 'mailSent',
    check: async (_query, request) => requireRecent(await requireSession(request, sessions), now),
    documentation: documentationOf({
      summary: 'Change the e-mail address: ask for a link',
      description: 'Needs a session whose login is at most ten minutes old. Sends a link to the new address.',
      members: { email: 'The new e-mail address' },
      answer: MAIL_SENT
    }),
    async submit(body, request, reply) {
      const session = await requireSession(request, sessions)
      requireRecent(session, now)
      const { subject } = session
      const email = emailIn(body)
      await account.countMail(email, request)
      const { log } = request
      return answerMailed(account, request, reply, url, async () => {
        const user = await users.findByEmail(email)
        if (!user || user.subject === subject) {
          const content = { email, subject, returnTo: null }
          // The links are counted by user, and any number of users may name this address.
          if (!(await account.links.count('change-email', email))) return limited('change-email', subject, log)
          return linkLetter(account, { kind: 'change-email', content, path: `${url}/link` }, log)
        }
        if (user.email === null || user.disabled) return null
        const notice = { kind: 'change-email-known', to: user.email, path: account.paths.login } as const
        return noticeLetter(account, notice, user.subject, log)
      })
    }
  }
}

/**
 * The form behind the link. It needs a session of the same user: a person who opens the link of a stranger must not add the
 * address to the stranger's account.
 */
export function changeEmailLinkForm(account: Account, url: string): AccountForm {
  const { links, settings, sessions } = account
  const { users } = account.account
  return {
    url: `${url}/link`,
    texts: 'changeEmailLink',
    fields: [],
    retry: url,
    hasToken: true,
    access: authenticated,
    check: async ({ token }) => links.find('change-email', token),
    documentation: documentationOf({
      summary: 'Change the e-mail address: use the new one',
      description:
        'Needs a session of the user who asked. Ends all other sessions, and all tokens and keys. The session goes on with a new cookie.',
      members: { token: 'The token of the link' },
      answer: LOGGED_IN
    }),
    async submit(body, request, reply) {
      const { subject } = await requireSession(request, sessions)
      await links.use('change-email', body.text('token'), async (link, { keptIfFailing }) => {
        const before = await users.findBySubject(subject)
        // Again: a session that was ended meanwhile must neither set the address nor be renewed.
        await requireSession(request, sessions)
        if (!before || before.disabled || link.subject !== subject || !(await users.setVerified(subject, link.email))) {
          throw new PasswordLoginError('invalid_link')
        }
        // First, because the address is set even if not everything can be ended.
        tellChange('email-changed', subject, request.log)
        if (before.email !== link.email) notify(account, before, 'email-changed', request)
        await keptIfFailing(async () => account.revokeAll(subject))
      })
      await sessions.renew(reply)
      return answerLoggedIn(request, reply, { subject }, settings)
    }
  }
}
