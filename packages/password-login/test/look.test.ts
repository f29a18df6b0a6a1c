import t from 'tap'
import { contains, like } from '@latchkey/exact'
import pages, { german, html } from '@latchkey/pages'
import { PasswordLoginError, type PasswordLoginPage } from '@latchkey/password-login'
import { accountServer } from './fixtures/account.ts'
import { server } from './fixtures/server.ts'

t.test('the form and its errors are in German with German texts, and JSON stays in English', async (t) => {
  const before = async (app: { register: (plugin: typeof pages, options: object) => unknown }): Promise<unknown> =>
    app.register(pages, { name: 'Acme', texts: german })
  const { app, form, json } = await server(t, { loginName: 'email' }, { before })
  const shown = await app.inject('/login')
  t.equal(shown.statusCode, 200)
  like(t, shown.headers, { 'content-language': 'de' })
  for (const words of [
    '<label for="username">E-Mail-Adresse</label>',
    '> Angemeldet bleiben</label>',
    '>Anmelden</button>'
  ]) {
    contains(t, shown.body, words)
  }
  const wrong = await form({ username: 'alice', password: 'wrong' })
  t.equal(wrong.statusCode, 401)
  contains(t, wrong.body, '<p class="fault" id="form-fault" role="alert">Der Name oder das Passwort ist falsch.</p>')
  const missing = await form({ username: 'alice' })
  t.equal(missing.statusCode, 400)
  contains(t, missing.body, '<p class="fault" id="password-fault">Bitte geben Sie Ihr Passwort ein.</p>')
  t.same((await json({ username: 'alice', password: 'wrong' })).json(), {
    error: 'invalid_credentials',
    error_description: 'The name or the password is wrong.'
  })
})

t.test('an application renders the pages from data, or leaves them as they are', async (t) => {
  const seen: PasswordLoginPage[] = []
  const { open, post, form } = await accountServer(
    t,
    {},
    {
      options: {
        render(page) {
          seen.push(page)
          return page.kind === 'link-fault' ? null : { title: page.kind, body: html`<p>mine</p>` }
        }
      }
    }
  )
  for (const [url, kind] of [
    ['/login', 'log-in'],
    ['/login/sign-up', 'account-form'],
    ['/login/sign-up?done', 'account-done']
  ] as const) {
    contains(t, (await open(url)).body, `<h1>${kind}</h1>\n<p>mine</p>`)
  }
  contains(t, (await open('/login/reset-password/link?token=x')).body, 'Ask for a new link</a>')
  await post('sign-up', { email: 'nobody' })
  await form({ username: 'ada', password: 'wrong' })
  t.same(
    seen.map(({ kind }) => kind),
    ['log-in', 'account-form', 'account-done', 'link-fault', 'account-form', 'log-in']
  )
  const [first, , done, over, again, failed] = seen
  like(t, first, {
    kind: 'log-in',
    providers: [],
    form: {
      action: '/login/password',
      hidden: {},
      button: 'Log in',
      error: null,
      remember: { label: 'Stay logged in', isChecked: false },
      links: [
        { url: '/login/reset-password', text: 'Forgot your password?' },
        { url: '/login/sign-up', text: 'Create an account' }
      ],
      fields: Array
    },
    parts: Array
  })
  t.same(done, {
    kind: 'account-done',
    name: 'signUp',
    title: 'Look into your mail',
    text: 'If the address is right, an e-mail is on its way. Open the link in it.',
    next: { url: '/login', text: 'Log in' }
  })
  t.same(over, {
    kind: 'link-fault',
    name: 'resetPasswordLink',
    title: 'Choose a new password',
    message: 'This link was used, is too old, or is not complete. Ask for a new one.',
    next: { url: '/login/reset-password', text: 'Ask for a new link' }
  })
  t.same(again?.kind === 'account-form' && again.form.fields, [
    {
      name: 'email',
      label: 'E-mail address',
      type: 'text',
      autocomplete: 'email',
      keyboard: 'email',
      value: 'nobody',
      isReadOnly: false,
      hint: null,
      error: 'This is no e-mail address.',
      isWrong: true,
      hasFocus: true
    }
  ])
  t.equal(failed?.kind === 'log-in' && failed.form?.error, 'The name or the password is wrong.')
})

t.test('an error of the application has the sentence that it gives, in each language', async (t) => {
  const plain = new PasswordLoginError('weak_password', { message: 'Not this one.' })
  t.equal(plain.messageIn(german), 'Not this one.')
  const both = new PasswordLoginError('weak_password', {
    message: ({ language }) => (language === 'de' ? 'Nicht dieses.' : 'Not this one.')
  })
  t.same([both.message, both.messageIn(german)], ['Not this one.', 'Nicht dieses.'])
})
