import type { Consent } from '@latchkey/authorization-endpoint'
import type { LoginChoice } from '@latchkey/login'
import type { SessionInfo } from '@latchkey/session'
import type { Account, Identity } from '@latchkey/store'
import { html } from 'ghtml'
import { type Page, page } from '../page.ts'

/** The data of an account that its page shows. */
export interface AccountPage {
  readonly account: Account | null
  readonly identities: readonly Identity[]
  readonly providers: readonly LoginChoice[]
  /** The access that the account allowed to clients. */
  readonly apps: readonly Consent[]
  readonly sessions: readonly SessionInfo[]
  readonly currentSession: string | undefined
}

/** Shows the account, its identities, its apps and its sessions. Texts of people, providers and clients are escaped. */
export function accountPage({ account, identities, providers, apps, sessions, currentSession }: AccountPage): Page {
  const { permissions = [] } = account ?? {}
  return page(
    'Your account',
    html`
<p>You are <strong>${account?.profile.name ?? 'somebody without a name'}</strong>. Your identifier here is
<code>${account?.id}</code>, and you may do: <code>${permissions.length > 0 ? permissions.join(' ') : 'nothing in particular'}</code>.</p>

<h2>Ways to log in</h2>
<table>!${identities.map(identityRow)}</table>
!${providers.filter(({ name }) => !identities.some(({ provider }) => provider === name)).map(linkForm)}

<h2>Apps with access</h2>
<table>!${apps.map(appRow)}</table>
!${apps.length > 0 ? '' : '<p>None.</p>'}

<h2>Where you are logged in</h2>
<table>!${sessions.map((session) => sessionRow(session, session.id === currentSession))}</table>

<form method="post" action="/logout"><button class="button">Log out</button></form>`,
    { formsLeave: true }
  )
}

function identityRow({ provider, subject }: Identity): string {
  return html`<tr><td>${provider}</td><td><code>${subject}</code></td><td>
<form method="post" action="/account/identities/unlink">
<input type="hidden" name="provider" value="${provider}"><input type="hidden" name="subject" value="${subject}">
<button class="button">Unlink ${provider}</button>
</form></td></tr>`
}

function linkForm({ url, displayName }: LoginChoice): string {
  return html`<form method="post" action="${url}/link?returnTo=/account"><button class="button">Link ${displayName}</button></form>`
}

function appRow({ clientId, clientName, scopes }: Consent): string {
  const allowed = Object.values(scopes).flat().join(' ')
  return html`<tr><td>${clientName}</td><td><code>${allowed}</code></td><td>
<form method="post" action="/account/apps/withdraw"><input type="hidden" name="clientId" value="${clientId}">
<button class="button">Withdraw</button></form></td></tr>`
}

function sessionRow({ id, label, lastSeenAt }: SessionInfo, isCurrent: boolean): string {
  const seen = new Date(lastSeenAt * 1000).toISOString().slice(0, 16).replace('T', ' ')
  return html`<tr><td>${label ?? 'A browser'}${isCurrent ? ' (this one)' : ''}</td><td>${seen} UTC</td><td>
<form method="post" action="/account/sessions/end"><input type="hidden" name="id" value="${id}"><button class="button">End</button></form>
</td></tr>`
}
