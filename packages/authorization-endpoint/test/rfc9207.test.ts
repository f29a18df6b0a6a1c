import { rejectsLike } from '@latchkey/exact'
import t from 'tap'
import { app, issuer, redirectUri, server } from './fixtures/server.ts'

const path = `${issuer}/tenant`

t.test('sends the issuer of the metadata as iss, in codes and in errors (RFC 9207 §2, §2.3)', async (t) => {
  const clients = [{ ...app, isFirstParty: true }]
  const { app: fastify, authorize } = await server(t, { clients, tokens: { issuer: path } })
  const found = await fastify.inject('/.well-known/oauth-authorization-server/tenant')
  const metadata = found.json<Record<string, unknown>>()
  t.equal(metadata['authorization_response_iss_parameter_supported'], true)
  for (const changes of [{}, { response_type: 'token' }, { prompt: 'none login' }, { scope: 'admin' }]) {
    const { location, query } = await authorize(changes)
    t.equal(location.split('?')[0], redirectUri)
    t.equal(query['iss'], metadata['issuer'])
  }
  t.equal(metadata['issuer'], path)
})

t.test('sends iss once, also to a client that sends one (RFC 9207 §2)', async (t) => {
  const clients = [{ ...app, isFirstParty: true }]
  const { authorize } = await server(t, { clients })
  const { location } = await authorize({ iss: 'https://evil.example.com' })
  t.same(new URL(location).searchParams.getAll('iss'), [issuer])
})

t.test('sends iss when the user refuses, and in a form (RFC 9207 §2)', async (t) => {
  const { authorize, get, decide } = await server(t)
  const asked = await authorize()
  await get(asked.location)
  t.equal((await decide(asked.location, 'deny')).query['iss'], issuer)
  const form = await authorize({ response_mode: 'form_post', response_type: 'token' })
  t.equal(form.status, 200)
  t.ok(form.text.includes(`<input type="hidden" name="iss" value="${issuer}">`))
})

t.test('starts with no issuer but an https URL without query and fragment (RFC 9207 §2)', async (t) => {
  for (const url of ['http://api.example.com', `${issuer}?a`, `${issuer}#a`]) {
    const starting = server(t, { tokens: { issuer: url } })
    await rejectsLike(t, starting, { code: 'LATCHKEY_REGISTRATION' }, url)
  }
})
