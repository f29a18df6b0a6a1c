import t from 'tap'
import { like } from '@latchkey/exact'
import { active, endpoint, status } from './fixtures/introspection-endpoint.ts'
import { honoured, present, serve } from './fixtures/server.ts'

// Each has characters with another meaning if they are not encoded.
const clientId = 'api:é +1'
const clientSecret = '100% & :/=~*'

t.test('sends a form, and its credentials form-encoded in the header (SEC-75)', async (t) => {
  const { trusted, asked } = await endpoint(t, active())
  const app = await serve(t, { issuers: [trusted({ clientId, clientSecret })] })
  t.same(await present(app, 'a+b/c~d.e=='), honoured)
  const credentials = 'api%3A%C3%A9+%2B1:100%25+%26+%3A%2F%3D%7E*'
  t.same(asked, [
    {
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      contentType: 'application/x-www-form-urlencoded;charset=UTF-8',
      accept: 'application/json',
      form: { token: 'a+b/c~d.e==', token_type_hint: 'access_token' }
    }
  ])
})

t.test('sends its credentials in the form when the option requires it (SEC-75)', async (t) => {
  const { trusted, asked } = await endpoint(t, active())
  const app = await serve(t, { issuers: [trusted({ clientId, clientSecret, authMethod: 'client_secret_post' })] })
  t.same(await present(app, 'opaque'), honoured)
  like(t, asked, [
    {
      authorization: undefined,
      form: {
        token: 'opaque',
        token_type_hint: 'access_token',
        client_id: clientId,
        client_secret: clientSecret
      }
    }
  ])
})

t.test('reads the endpoint from the metadata of the issuer at the first token', async (t) => {
  const server = await endpoint(t, active())
  const app = await serve(t, { issuers: [server.discovered()] })
  await app.ready()
  t.equal(server.metadataFetched(), 0)
  t.same(await present(app, 'one'), honoured)
  t.same(await present(app, 'two'), honoured)
  t.equal(server.metadataFetched(), 1)
  t.equal(server.asked.length, 2)
})

for (const [name, metadata] of [
  ['names no endpoint', {}],
  ['names one that is not fetched from', { introspection_endpoint: 'http://api.example.com/introspect' }],
  ['is of another issuer', { issuer: 'https://evil.example.com' }]
] as const) {
  t.test(`answers 503 when the metadata ${name} (SEC-75, FAULT-27)`, async (t) => {
    const server = await endpoint(t, active())
    server.metadata = metadata
    const app = await serve(t, { issuers: [server.discovered()] })
    like(t, await present(app, 'opaque'), { status: 503, code: 'LATCHKEY_UNAVAILABLE' })
    like(t, await present(app, 'another'), {
      status: 503,
      reason: 'the introspection endpoint failed and is not called for a while'
    })
    t.equal(server.metadataFetched(), 1)
    t.equal(server.asked.length, 0)
  })
}

t.test('does not send its secret to the target of a redirect (SEC-75)', async (t) => {
  const elsewhere = await endpoint(t, active())
  const { trusted } = await endpoint(t, status(307, { location: `${elsewhere.origin}/introspect` }))
  const app = await serve(t, { issuers: [trusted()] })
  like(t, await present(app, 'opaque'), { status: 503, reason: /LATCHKEY_UPSTREAM_REDIRECT/ })
  t.equal(elsewhere.asked.length, 0)
})
