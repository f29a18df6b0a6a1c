import { type Page, page } from '../page.ts'
import { scopeBoxes } from './scope-boxes.ts'

// Writes the ticked scopes into one field.
const SCRIPT = `
  const form = document.querySelector('form')
  form.addEventListener('submit', () => {
    const ticked = [...form.querySelectorAll('[data-scope]:checked')]
    form.elements.scope.value = ticked.map((box) => box.dataset.scope).join(' ')
  })
`

/** A form that asks the token endpoint for a token and shows the JSON that it answers. */
export function loginPage(scopes: Readonly<Record<string, string>>): Page {
  return page(
    'Log in',
    `
<p>This form sends the password to the token endpoint. <a href="/code-login">Log in with a code</a> has replaced it.</p>
<form method="post" action="/token">
  <input type="hidden" name="grant_type" value="password">
  <input type="hidden" name="scope">
  <label>Username <input name="username" autocomplete="username" required autofocus></label>
  <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
  <fieldset>
    <legend>Scopes</legend>
    ${scopeBoxes(scopes)}
  </fieldset>
  <button class="button main">Log in</button>
</form>
`,
    { script: SCRIPT }
  )
}
