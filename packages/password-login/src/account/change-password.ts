import { authenticated } from '@latchkey/guard'
import { LOGGED_IN } from '../documented-answers.ts'
import { PasswordLoginError } from '../errors.ts'
import { newPasswordField, passwordField, WRONG_PASSWORD } from '../form/fields.ts'
import { answerLoggedIn } from '../start-session.ts'
import { verified } from '../verified.ts'
import { type Account, notify } from './account.ts'
import { documentationOf } from './documentation.ts'
import { tellChange } from './events.ts'
import type { AccountForm } from './form-route.ts'
import { newPasswordIn } from './new-password.ts'
import { requireSession } from './require-session.ts'

/** The form for a new password of a logged-in user. */
export function changePasswordForm(account: Account, url: string): AccountForm {
  const { settings, sessions, attempts } = account
  const { users, policy, hashPassword } = account.account
  return {
    url,
    texts: 'changePassword',
    fields: [{ ...passwordField, text: 'currentPassword' }, newPasswordField(policy.minLength)],
    hasToken: false,
    access: authenticated,
    documentation: documentationOf({
      summary: 'Change the password',
      description:
        'Needs a session. Ends all other sessions, and all tokens and keys of the user. The session goes on with a new cookie.',
      members: { password: 'The current password', newPassword: 'The new password' },
      answer: LOGGED_IN
    }),
    async submit(body, request, reply) {
      const { subject } = await requireSession(request, sessions)
      const current = body.text('password')
      const user = await users.findBySubject(subject)
      if (!user?.username) throw new PasswordLoginError('no_password')
      if (!current) throw new PasswordLoginError('invalid_request', { field: 'password' })
      const password = await newPasswordIn(body, policy)
      const credentials = { username: user.username, password: current }
      const expected = { wrong: WRONG_PASSWORD, subject }
      const { authenticatedAt } = await verified(attempts, credentials, request, expected)
      const passwordHash = await hashPassword(password)
      // Again, because the password took long: a session that was ended meanwhile must not set one.
      await requireSession(request, sessions)
      await users.setPassword(subject, passwordHash)
      // First, because the password is set even if not everything can be ended.
      tellChange('password-changed', subject, request.log)
      notify(account, user, 'password-changed', request)
      await account.revokeAll(subject)
      await sessions.renew(reply, { authenticatedAt })
      return answerLoggedIn(request, reply, { subject, returnTo: body.text('returnTo') }, settings)
    }
  }
}
