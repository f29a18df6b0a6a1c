interface MailWithLink {
  readonly to: string
  /** The link, on the option `origin`. It works once, and nothing happens when it is only opened. */
  readonly url: string
  /** When the link stops to work, in seconds since the epoch. */
  readonly expiresAt: number
}

interface Notice {
  readonly to: string
  /** The page of this server where the user goes on. It contains no secret. */
  readonly url: string
}

/**
 * A mail to a user.
 *
 * - `sign-up`: the link to the page where the user chooses a password. There is no account yet.
 * - `sign-up-known`: somebody wants to sign up with the address of an account. `url` is the page to log in.
 * - `verify-email`: the link that verifies the address of an account.
 * - `reset-password`: the link to the page where the user chooses a new password.
 * - `password-changed`: the password was reset or changed. If the user did not do it: `url` is the page to reset the password, or
 *   to log in.
 * - `change-email`: the link that makes this the address of an account.
 * - `change-email-known`: somebody wants this address for an account, and another account has it.
 * - `email-changed`: to the old address: another address has replaced it.
 */
export type AccountMail =
  | (MailWithLink & { readonly kind: 'sign-up' | 'verify-email' | 'reset-password' | 'change-email' })
  | (Notice & { readonly kind: 'sign-up-known' | 'password-changed' | 'change-email-known' | 'email-changed' })

/**
 * Sends a mail, in the words and the language of the application. Called after the answer was sent, so that the time of an answer
 * does not tell whether an address is known. Has 30 seconds. If it fails, an event says so, and the user asks again.
 *
 * @example
 * sendMail: async ({ kind, to, url }) => transport.sendMail({ to, subject: SUBJECTS[kind], text: `${TEXTS[kind]}\n${url}` })
 */
export type SendMail = (mail: AccountMail) => Promise<unknown>
