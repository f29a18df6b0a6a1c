import { formMarkup, html, type PageField } from '@latchkey/pages'
import t from 'tap'

const field: PageField = {
  name: 'username',
  label: 'Name & more',
  type: 'text',
  autocomplete: 'username',
  keyboard: 'email',
  value: '"><b>',
  isReadOnly: true,
  hint: 'A hint',
  error: null,
  isWrong: false,
  hasFocus: false
}
const form = { action: '/login', hidden: { returnTo: '/"' }, fields: [field], button: 'Go', error: null }

t.test('a form has a label for each field, and escapes all values', async (t) => {
  const { markup } = formMarkup(form, html`<i>more</i>`)
  t.ok(markup.includes('<input type="hidden" name="returnTo" value="/&#34;">'))
  t.ok(markup.includes('<label for="username">Name &#38; more</label>\n<p class="quiet" id="username-hint">A hint</p>'))
  t.ok(
    markup.includes('value="&#34;&#62;&#60;b&#62;" required maxlength="256" autocomplete="username"\ninputmode="email"')
  )
  t.ok(markup.includes(' readonly aria-describedby="username-hint">'))
  t.ok(markup.includes('<i>more</i>\n<button class="button main">Go</button></form>'))
  t.notMatch(markup, /aria-invalid|role="alert"|style=/)
})

t.test('an error is beside its field, which refers to it and has the focus', async (t) => {
  const password: PageField = { ...field, type: 'password', keyboard: null, isReadOnly: false, hint: null }
  const { markup } = formMarkup({ ...form, fields: [{ ...password, error: 'Wrong', isWrong: true, hasFocus: true }] })
  t.ok(
    markup.includes(
      ' type="password" required autocomplete="username" aria-invalid="true" aria-describedby="username-fault" autofocus>\n' +
        '<p class="fault" id="username-fault">Wrong</p>'
    )
  )
  t.notOk(markup.includes('value="&#34;'))
})

t.test('an error of the whole form is above it, and the fields that may be wrong refer to it', async (t) => {
  const { markup } = formMarkup({ ...form, error: 'No', fields: [{ ...field, isWrong: true }] })
  t.ok(markup.includes('<p class="fault" id="form-fault" role="alert">No</p>'))
  t.ok(markup.includes('aria-invalid="true" aria-describedby="username-hint form-fault">'))
})

t.test('a field without a hint and without an error has no description', async (t) => {
  const { markup } = formMarkup({ ...form, fields: [{ ...field, hint: null }] })
  t.notMatch(markup, /aria-describedby/)
})
