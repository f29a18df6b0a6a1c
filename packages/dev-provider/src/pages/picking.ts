import { html } from 'ghtml'
import { faults } from '../faults/table.ts'
import type { Person } from '../person.ts'

/** The data of the request that the picking page shows. */
export interface PickingPage {
  readonly people: readonly Person[]
  readonly clientId: string
  readonly scopes: readonly string[]
}

/** The form to choose a person or to refuse. The pressed button sends the field `person` or `refuse`. */
export function pickingPage({ people, clientId, scopes }: PickingPage): string {
  return html`
<p>The application <code>${clientId}</code> asks for <code>${scopes.join(' ')}</code>.</p>
<form method="post">
<ul>!${people.map(choice)}</ul>
<button class="button" name="refuse" value="yes">Refuse</button>
<details>
<summary>Switch a fault on once</summary>
<p><label>Fault <select name="fault"><option value="">none</option>!${Object.entries(faults).map(
    ([name, { summary }]) => html`<option value="${name}">${name}: ${summary}</option>`
  )}</select></label></p>
</details>
</form>`
}

function choice({ id, name, email, emailVerified = true, picture }: Person): string {
  const note = email === undefined ? 'no e-mail address' : `${email}${emailVerified ? '' : ', not verified'}`
  return html`<li>
<button class="button person" name="person" value="${id}" aria-describedby="note-${id}">
!${picture === undefined ? '<span class="blank"></span>' : html`<img src="${picture}" alt="">`}
${name}
</button>
<p class="note" id="note-${id}">${note}</p>
</li>`
}
