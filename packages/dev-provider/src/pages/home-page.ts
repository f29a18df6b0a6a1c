import { html } from 'ghtml'
import type { DevClient } from '../client.ts'
import type { ActiveFault } from '../fault-switches.ts'
import { faults } from '../faults/by-name.ts'

/** The content of the home page. */
export interface HomePage {
  readonly endpoints: Readonly<Record<string, string>>
  readonly client: DevClient
  /** The expression to paste into the application. */
  readonly registration: string
  readonly active: readonly ActiveFault[]
}

/** The page with the configuration for the application, and the switches of the faults. */
export function homePage({ endpoints, client, registration, active }: HomePage): string {
  const rows = { ...endpoints, 'client id': client.clientId, 'client secret': client.clientSecret }
  return html`
<table>!${Object.entries(rows).map(([name, value]) => html`<tr><th scope="row">${name}</th><td><code>${value}</code></td></tr>`)}</table>
<p>For the option <code>providers</code> of <code>@latchkey/login</code>:</p>
<p><code>${registration}</code></p>
<h2>Faults</h2>
!${active.length === 0 ? '<p>None is on.</p>' : html`<ul>!${active.map(switchedOn)}</ul>`}
<form method="post" action="/faults">
<p><label>Fault <select name="fault">!${Object.values(faults).map(
    ({ name, summary }) => html`<option value="${name}">${name}: ${summary}</option>`
  )}</select></label></p>
<p><button>Switch on</button> <button name="times" value="1">Switch on once</button></p>
</form>
<form method="post" action="/faults"><p><button name="clear" value="all">Clear all faults</button></p></form>`
}

function switchedOn({ name, endpoint, times }: ActiveFault): string {
  return html`<li><code>${name}</code> at ${endpoint}${times === undefined ? '' : `, ${times} more`}</li>`
}
