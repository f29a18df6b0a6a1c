import type { AccountMail } from '@latchkey/password-login'

const TEXTS: Readonly<Record<AccountMail['kind'], string>> = {
  'sign-up': 'Open this link to create your account:',
  'sign-up-known': 'You have an account already. Log in, or reset your password:',
  'verify-email': 'Open this link to verify your address:',
  'reset-password': 'Open this link to choose a new password:',
  'password-changed': 'Your password was changed. If you did not do it, choose another one:',
  'change-email': 'Open this link to use this address for your account:',
  'change-email-known': 'Somebody wants to use this address for another account. Nothing has changed:',
  'email-changed': 'Another address has replaced this one. If you did not do it, tell us:'
}

/** Prints a mail to the terminal. A real server sends it, e.g. with nodemailer. */
export async function printMail({ kind, to, url }: AccountMail): Promise<void> {
  console.log(`Mail to ${to}: ${TEXTS[kind]} ${url}`)
}
