import type { InjectOptions } from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import {
  AuthenticationRequiredError,
  everyone,
  InsufficientScopeError,
  InsufficientUserAuthenticationError
} from '@latchkey/guard'
import { navigation, said, serverWith } from './fixtures/refusing-server.ts'

const refusal = (): Error => new InsufficientScopeError(['notes:write'])

const browsers: [name: string, error: () => Error, request: InjectOptions, location: string | undefined][] = [
  ['an anonymous caller to the login', () => new AuthenticationRequiredError(), {}, '/login?fresh=false'],
  [
    'a session to a fresh login',
    () => new InsufficientUserAuthenticationError(60),
    { headers: { cookie: 'ann' } },
    '/login?fresh=true'
  ],
  ['an old token nowhere', () => new InsufficientUserAuthenticationError(60), { headers: { key: 'ann' } }, undefined],
  ['a session without the scope nowhere', refusal, { headers: { cookie: 'ann' } }, undefined]
]

for (const [name, error, request, location] of browsers) {
  t.test(`a refusal that a handler throws redirects ${name} (K3.1)`, async (t) => {
    for (const answer of [undefined, '<h1>Oops</h1>']) {
      const heard = await serverWith(t, (app) => {
        if (answer !== undefined)
          app.setErrorHandler((_error, _request, reply) => reply.code(418).type('text/html').send(answer))
        app.addHook('onSend', async (_request, reply) => void reply.header('x-sent', 'yes'))
        app.get('/', { config: { access: everyone } }, async () => Promise.reject(error()))
      })
      const response = await heard.app.inject({ ...request, url: '/', headers: { ...navigation, ...request.headers } })
      t.equal(response.headers.location, location)
      t.equal(response.headers['x-sent'], 'yes')
      t.equal(said(heard).length, 1)
      t.equal(heard.denials.length, 1)
      if (location === undefined) continue
      t.equal(response.statusCode, 303)
      t.equal(response.body, '')
      t.equal(response.headers['content-type'], undefined)
      t.equal(response.headers['www-authenticate'], undefined)
      t.equal(response.headers['cache-control'], 'no-store')
    }
  })
}

t.test('a refusal that an error handler throws redirects a browser to the login (K3.1)', async (t) => {
  const { app } = await serverWith(t, (app) => {
    app.setErrorHandler(async () => Promise.reject(new AuthenticationRequiredError()))
    app.get('/', { config: { access: everyone } }, async () => Promise.reject(new Error('of the database')))
  })
  const response = await app.inject({ url: '/', headers: navigation })
  like(t, response, { statusCode: 303, headers: { location: '/login?fresh=false' }, body: '' })
})

t.test('a browser is redirected to the login when an error handler fails later (K3.1)', async (t) => {
  const { app } = await serverWith(t, (app) => {
    app.setErrorHandler(async () => Promise.reject(new Error('of the error handler')))
    app.get('/', { config: { access: everyone } }, async () => Promise.reject(new AuthenticationRequiredError()))
  })
  const response = await app.inject({ url: '/', headers: navigation })
  like(t, response, { statusCode: 303, headers: { location: '/login?fresh=false' }, body: '' })
})
