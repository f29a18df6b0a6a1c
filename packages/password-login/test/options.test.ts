import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { everyone } from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import { cookieOf, PASSWORD, server } from './fixtures/server.ts'

const wrong: [options: Record<string, unknown>, message: RegExp][] = [
  [{ verifyPassword: undefined }, /: verifyPassword must be a function; got undefined$/],
  [{ store: undefined }, /: store must have a throttle, as memoryStore\(\) and sqlStore\(\) have; got undefined$/],
  [{ store: { throttle: {} } }, /: store must have a throttle/],
  [{ origin: 'https://app.example.com/' }, /: origin must be an origin such as 'https:\/\/app\.example\.com'/],
  [{ origin: 'http://app.example.com' }, /: origin must be an origin such as/],
  [{ loginPath: 'login' }, /: loginPath must be a path such as '\/login'/],
  [{ returnTo: '//evil.example' }, /: returnTo must be a path such as '\/welcome'/],
  [{ loginName: 'phone' }, /: loginName must be 'username' or 'email'/],
  [{ throttle: { failures: 0 } }, /: throttle\.failures must be a whole number of failures from 1/],
  [{ throttle: { off: true } }, /: throttle\.off does not exist/],
  [{ onLogin: 'yes' }, /: onLogin must be a function/],
  [{ timeout: 0 }, /: timeout must be a whole number of seconds from 1 to 300/],
  [{ now: 7 }, /: now must be a function/],
  [{ remember: true }, /: remember does not exist\. Fix: write rememberMe$/]
]

for (const [options, message] of wrong) {
  t.test(`a server with ${JSON.stringify(Object.keys(options))}: ${message.source} does not start`, async (t) => {
    const error: unknown = await server(t, options).catch((thrown: unknown) => thrown)
    like(t, error, { name: 'RegistrationError', message: new RegExp(`^@latchkey/password-login${message.source}`) })
  })
}

t.test('the origin is that of the session plugin, or an option', async (t) => {
  const session = { origin: undefined }
  const error: unknown = await server(t, {}, { session }).catch((thrown: unknown) => thrown)
  like(t, error, { message: /origin must .*; got undefined\. Fix: give it to @latchkey\/session or here$/ })
  const { json } = await server(t, { origin: 'http://localhost:3000' }, { session })
  const right = { username: 'alice', password: PASSWORD }
  const headers = { 'sec-fetch-site': undefined, origin: 'http://localhost:3000' }
  t.equal((await json(right, { headers })).statusCode, 200)
})

t.test('cannot be registered twice in one context, and can in two with different prefixes', async (t) => {
  const options = { store: memoryStore(), verifyPassword: async () => null }
  const { default: passwordLogin } = await import('@latchkey/password-login')
  const twice = server(t, {}, { after: async (app) => app.register(passwordLogin, options) })
  like(t, await twice.catch((thrown: unknown) => thrown), {
    name: 'RegistrationError',
    message: /the plugin is registered twice in one context\. Fix: give the second a context with a prefix of its own$/
  })
  const { app, json } = await server(
    t,
    {},
    {
      after: async (app) => {
        await app.register(
          async (child) => {
            await child.register(passwordLogin, options)
          },
          { prefix: '/staff' }
        )
      }
    }
  )
  const right = { username: 'alice', password: PASSWORD }
  t.equal((await json(right)).statusCode, 200)
  t.equal((await json(right, { url: '/staff/login/password' })).statusCode, 401)
  contains(t, (await app.inject('/staff/login')).body, 'action="/staff/login/password"')
  contains(t, (await app.inject('/login')).body, 'action="/login/password"')
})

t.test('app.passwordLogin has the paths, and verifies passwords within the limits', async (t) => {
  let members: unknown
  const { json } = await server(
    t,
    { throttle: { failures: 2 } },
    {
      prefix: '/shop',
      after: async (app) => {
        const { pageUrl, url, attempts } = app.passwordLogin
        members = { pageUrl, url }
        app.post<{ Body: { password: string } }>('/confirm', {
          config: { access: everyone },
          handler: async (request) => ({
            isRight: (await attempts.attempt({ username: 'alice', ...request.body }, { request })) !== null
          })
        })
      }
    }
  )
  t.same(members, { pageUrl: '/shop/login', url: '/shop/login/password' })
  const confirm = async (password: string) => json({ password }, { url: '/shop/confirm' })
  t.same((await confirm(PASSWORD)).json(), { isRight: true })
  t.same((await confirm('x')).json(), { isRight: false })
  t.same((await confirm('x')).json(), { isRight: false })
  t.equal((await confirm(PASSWORD)).statusCode, 429)
  t.equal((await json({ username: 'alice', password: PASSWORD })).statusCode, 429, 'the login counts the same failures')
  t.match(cookieOf(await json({ username: 'bob', password: PASSWORD })), /^session=\w+$/)
})
