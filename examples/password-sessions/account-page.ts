import type { SessionInfo } from '@latchkey/session'
import { html } from 'ghtml'
import { type Page, page } from '../page.ts'

/** The page of a logged-in user: the devices, and a form for a new password. */
export function accountPage(
  name: string,
  sessions: readonly SessionInfo[],
  currentSession: string | undefined,
  minLength: number
): Page {
  return page(
    'Your account',
    html`
<p>You are <strong>${name}</strong>.</p>
<h2>Where you are logged in</h2>
<table>!${sessions.map((session) => sessionRow(session, session.id === currentSession))}</table>
<h2>A new password</h2>
<form method="post" action="/password">
<label for="password">New password, of ${String(minLength)} characters or more</label>
<input id="password" type="password" name="password" autocomplete="new-password" required minlength="${String(minLength)}">
<p>It logs you out everywhere.</p>
<button>Change it</button>
</form>
<form method="post" action="/logout"><button>Log out</button></form>`
  )
}

function sessionRow({ id, label }: SessionInfo, isCurrent: boolean): string {
  return html`<tr><td>${label ?? 'A browser'}${isCurrent ? ' (this one)' : ''}</td><td>
<form method="post" action="/sessions/end"><input type="hidden" name="id" value="${id}"><button>End</button></form></td></tr>`
}
