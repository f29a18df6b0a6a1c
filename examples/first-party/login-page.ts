import { type Page, page } from '../page.ts'

// A form would send one "scope" for each ticked box, and OAuth has every parameter once: the boxes have no name, and
// what is ticked is written into one field.
const SCRIPT = `
  const form = document.querySelector('form')
  form.addEventListener('submit', () => {
    const ticked = [...form.querySelectorAll('[data-scope]:checked')]
    form.elements.scope.value = ticked.map((box) => box.dataset.scope).join(' ')
  })
`

/** A form that asks the token endpoint for a token and shows the JSON that it answers. */
export function loginPage(scopes: Readonly<Record<string, string>>): Page {
  const boxes = Object.entries(scopes).map(
    ([scope, description]) =>
      `<label><input type="checkbox" data-scope="${scope}"> <code>${scope}</code> ${description}</label>`
  )
  return page(
    'Log in',
    `
<form method="post" action="/token">
  <input type="hidden" name="grant_type" value="password">
  <input type="hidden" name="scope">
  <label>Username <input name="username" autocomplete="username" required autofocus></label>
  <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
  <fieldset>
    <legend>Scopes</legend>
    ${boxes.join('\n    ')}
  </fieldset>
  <button>Log in</button>
</form>
`,
    { script: SCRIPT }
  )
}
