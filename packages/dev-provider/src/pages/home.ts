import { html } from 'ghtml'
import type { DevClient } from '../client.ts'
import type { Middleware } from '../context.ts'
import type { ActiveFault, FaultSwitches } from '../faults/switches.ts'
import { faults } from '../faults/table.ts'
import { sendPage } from './layout.ts'

/** The content of the home page. */
export interface HomePage {
  readonly title: string
  readonly endpoints: Readonly<Record<string, string>>
  readonly client: DevClient
  /** The expression to paste into the application. */
  readonly registration: string
  readonly switches: FaultSwitches
}

/** Serves the page at `/`: the configuration for the application, and the switches of the faults. */
export function homePage({ title, endpoints, client, registration, switches }: HomePage): Middleware {
  const rows = { ...endpoints, 'client id': client.clientId, 'client secret': client.clientSecret }
  return async (ctx, next) => {
    if (ctx.method !== 'GET' || ctx.path !== '/') return next()
    const { active } = switches
    const body = html`
<table>!${Object.entries(rows).map(([name, value]) => html`<tr><th scope="row">${name}</th><td><code>${value}</code></td></tr>`)}</table>
<p>For the option <code>providers</code> of <code>@latchkey/login</code>:</p>
<p><code>${registration}</code></p>
<h2>Faults</h2>
!${active.length === 0 ? '<p>No fault is on.</p>' : html`<ul>!${active.map(switchedOn)}</ul>`}
<form method="post" action="/faults">
<p><label>Fault <select name="fault">!${Object.entries(faults).map(
      ([name, { summary }]) => html`<option value="${name}">${name}: ${summary}</option>`
    )}</select></label></p>
<button class="button main">Switch on</button>
<button class="button" name="times" value="1">Switch on once</button>
</form>
<form method="post" action="/faults"><button class="button" name="clear" value="all">Clear all faults</button></form>`
    sendPage(ctx, `${title} for development`, body)
  }
}

function switchedOn({ name, endpoint, times }: ActiveFault): string {
  return html`<li><code>${name}</code> at ${endpoint}${times === undefined ? '' : `, ${times} more`}</li>`
}
