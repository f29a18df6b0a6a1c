import { normalizeUsername } from '@latchkey/passwords'
import type { Body } from '../body.ts'
import { LOGGED_IN } from '../documented-answers.ts'
import { PasswordLoginError } from '../errors.ts'
import { emailField, loginNameField, newPasswordField, ownEmailField } from '../form/fields.ts'
import { startSession } from '../start-session.ts'
import { verified } from '../verified.ts'
import { type Account, linkLetter, noticeLetter } from './account.ts'
import { documentationOf, MAIL_SENT } from './documentation.ts'
import { emailIn } from './email.ts'
import { tellChange } from './events.ts'
import { type AccountForm, answerMailed } from './form-route.ts'
import { newPasswordIn } from './new-password.ts'

/**
 * The form for an address. Nothing is stored for the address but a link: an account that somebody else prepared for it could be
 * shared with them later.
 */
export function signUpForm(account: Account, url: string): AccountForm {
  const { users } = account.account
  return {
    url,
    texts: 'signUp',
    fields: [emailField],
    hasToken: false,
    done: 'mailSent',
    documentation: documentationOf({
      summary: 'Sign up: ask for a link',
      description: 'Sends a link to the address. An address that has an account gets a notice instead.',
      members: { email: 'The e-mail address' },
      answer: MAIL_SENT
    }),
    async submit(body, request, reply) {
      const email = emailIn(body)
      const returnTo = body.text('returnTo') ?? null
      await account.countMail(email, request)
      const { log } = request
      return answerMailed(account, request, reply, url, async () => {
        const user = await users.findByEmail(email)
        if (!user) {
          const content = { email, subject: null, returnTo }
          return linkLetter(account, { kind: 'sign-up', content, path: `${url}/link` }, log)
        }
        if (user.email === null || user.disabled) return null
        const notice = { kind: 'sign-up-known', to: user.email, path: account.paths.login } as const
        return noticeLetter(account, notice, user.subject, log)
      })
    }
  }
}

/** The form for the password, behind the link. */
export function signUpLinkForm(account: Account, url: string): AccountForm {
  const { settings, links, attempts } = account
  const { users, policy, hashPassword } = account.account
  const choosesName = settings.loginName === 'username'
  return {
    url: `${url}/link`,
    texts: 'signUpLink',
    fields: [ownEmailField, ...(choosesName ? [loginNameField('username')] : []), newPasswordField(policy.minLength)],
    retry: url,
    hasToken: true,
    // Shown, so that a visitor does not choose a password for the address of the stranger who sent the link.
    valuesFor: async ({ token }) => ({ email: (await links.find('sign-up', token)).email }),
    documentation: documentationOf({
      summary: 'Sign up: create the account',
      description: 'Creates the account, and starts a session: the answer sets its cookie.',
      members: {
        token: 'The token of the link',
        ...(choosesName && { username: 'The user name' }),
        newPassword: 'The password'
      },
      answer: LOGGED_IN
    }),
    async submit(body, request, reply) {
      const token = body.text('token')
      const { email } = await links.find('sign-up', token)
      const username = choosesName ? usernameIn(body) : email
      const password = await newPasswordIn(body, policy)
      const { subject, returnTo } = await links.use('sign-up', token, async (link) => {
        // While the link is taken, so that a link costs one hash at a time.
        const passwordHash = await hashPassword(password)
        const created = await users.createUser({ email, username, passwordHash })
        if (created === 'username_taken') throw new PasswordLoginError('username_unavailable', { field: 'username' })
        if (created === 'email_taken') throw new PasswordLoginError('invalid_link')
        tellChange('signed-up', created.subject, request.log)
        return { ...created, returnTo: link.returnTo ?? undefined }
      })
      // The login itself says what the new user may do.
      const user = await verified(attempts, { username, password }, request, { subject })
      return startSession(request, reply, user, { isRemembered: false, returnTo }, settings)
    }
  }
}

function usernameIn(body: Body): string {
  const text = body.text('username')
  if (!text) throw new PasswordLoginError('invalid_request', { field: 'username' })
  const username = normalizeUsername(text)
  // A name with an @ could be the address of another user.
  if (username === null || username.includes('@') || username.trim() !== username) {
    throw new PasswordLoginError('username_unavailable', { field: 'username' })
  }
  return username
}
