import type { AccountPaths } from '@latchkey/password-login'
import type { SessionInfo } from '@latchkey/session'
import { html } from 'ghtml'
import { type Page, page } from '../page.ts'

/** The data of the page. */
interface AccountPage {
  readonly sessions: readonly SessionInfo[]
  readonly currentSession: string | undefined
  readonly paths: AccountPaths
}

/** The page of a logged-in user: the devices, and links to the pages for the password and the address. */
export function accountPage(email: string, { sessions, currentSession, paths }: AccountPage): Page {
  return page(
    'Your account',
    html`
<p>You are <strong>${email}</strong>.</p>
<h2>Where you are logged in</h2>
<table>!${sessions.map((session) => sessionRow(session, session.id === currentSession))}</table>
<p><a href="${paths.changePassword ?? ''}?returnTo=/">Change your password</a></p>
<p><a href="${paths.changeEmail ?? ''}">Change your e-mail address</a></p>
<form method="post" action="/logout"><button class="button">Log out</button></form>`
  )
}

function sessionRow({ id, label }: SessionInfo, isCurrent: boolean): string {
  return html`<tr><td>${label ?? 'A browser'}${isCurrent ? ' (this one)' : ''}</td><td>
<form method="post" action="/sessions/end"><input type="hidden" name="id" value="${id}"><button class="button">End</button></form></td></tr>`
}
