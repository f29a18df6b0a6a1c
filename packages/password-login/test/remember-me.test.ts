import t from 'tap'
import { like } from '@latchkey/exact'
import { PASSWORD, server } from './fixtures/server.ts'

const right = { username: 'alice', password: PASSWORD }
const rememberMe = { remembered: { idle: 86_400 }, notRemembered: { idle: 600, absolute: 3_600 } }

const cases = [
  { title: 'by default, a ticked box', options: {}, remember: true, lifetime: { remembered: true } },
  { title: 'by default, no tick', options: {}, remember: false, lifetime: { remembered: false } },
  {
    title: 'lifetimes, a ticked box',
    options: { rememberMe },
    remember: true,
    lifetime: { idle: 86_400, remembered: true }
  },
  {
    title: 'lifetimes, no tick',
    options: { rememberMe },
    remember: false,
    lifetime: { idle: 600, absolute: 3_600, remembered: false }
  },
  { title: 'no choice, a ticked box', options: { rememberMe: false }, remember: true, lifetime: undefined },
  { title: 'no choice, no tick', options: { rememberMe: false }, remember: false, lifetime: undefined }
]

for (const { title, options, remember, lifetime } of cases) {
  t.test(`the lifetime of a session, by form and by JSON: ${title}`, async (t) => {
    const { sessions, form, json } = await server(t, options)
    t.equal((await form({ ...right, ...(remember && { remember: 'on' }) })).statusCode, 303)
    t.equal((await json({ ...right, remember })).statusCode, 200)
    t.same(
      [...sessions.values()].map((session) => session.lifetime),
      [lifetime, lifetime]
    )
  })
}

t.test('the box can be ticked at first, and keeps the choice of the user after an error', async (t) => {
  const { app, form } = await server(t, { rememberMe: { checked: true } })
  t.match((await app.inject('/login')).body, /name="remember" checked>/)
  t.match((await form({ username: 'alice', password: 'wrong' })).body, /name="remember">/)
  t.match((await form({ username: 'alice', password: 'wrong', remember: 'on' })).body, /name="remember" checked>/)
})

t.test('there is no box without a choice', async (t) => {
  const { app } = await server(t, { rememberMe: false })
  t.notMatch((await app.inject('/login')).body, /checkbox"/)
})

const wrong = [
  [
    { remembered: { idle: 86_401 } },
    /rememberMe\.remembered\.idle must be a whole number of seconds from 60 to 86400, the idleTimeout of @latchkey\/session; got /
  ],
  [
    { notRemembered: { absolute: 1_209_601 } },
    /rememberMe\.notRemembered\.absolute must be a whole number of seconds from 60 to 1209600, the absoluteTimeout of @latchkey\/session; got /
  ],
  [{ notRemembered: { idle: 59 } }, /rememberMe\.notRemembered\.idle must be /],
  [{ checked: 'yes' }, /rememberMe\.checked must be true or false; got /],
  [{ forget: true }, /rememberMe\.forget does not exist\. Fix: /],
  ['always', /rememberMe must be an object with remembered, notRemembered, checked; got /]
] as const

for (const [given, message] of wrong) {
  t.test(`a server with rememberMe ${JSON.stringify(given)} does not start`, async (t) => {
    const error: unknown = await server(t, { rememberMe: given as never }).catch((thrown: unknown) => thrown)
    like(t, error, { name: 'RegistrationError', message })
  })
}
