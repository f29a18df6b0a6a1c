import login, { type LoginOptions, oidc } from '@latchkey/login'
import Fastify from 'fastify'
import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import { fakeSession } from './fixtures/fake-session.ts'

const other = oidc({ name: 'house', issuer: 'https://id.example.com', clientId: 'app', clientSecret: 'opensesame' })

async function register(provider: Record<string, unknown>): Promise<void> {
  const app = Fastify()
  await app.register(fakeSession, { sessions: new Map() })
  const options = { providers: [provider], store: memoryStore(), origin: 'https://app.example.com' }
  await app.register(login, options as unknown as LoginOptions) // wrong options are what the test is about
  await app.ready()
}

const endpoints = {
  authorization: 'https://a.example/a',
  token: 'https://a.example/t',
  userinfo: 'https://a.example/u'
}

const wrongProviders: { title: string; data: Record<string, unknown>; message: RegExp }[] = [
  { title: 'a member that does not exist', data: { verify: false }, message: /member "verify" does not exist/ },
  {
    title: 'a fresh login that is asked for by no parameters',
    data: { freshLogin: 'login' },
    message: /"freshLogin" must be texts by names/
  },
  {
    title: 'a fresh login that is asked for by a scope',
    data: { freshLogin: { scope: 'openid' } },
    message: /"freshLogin" must be texts by names/
  },
  {
    title: 'a trust that is neither there nor not',
    data: { insecureTrustUnprovenLogin: 'yes' },
    message: /"insecureTrustUnprovenLogin" must be true or false/
  },
  { title: 'a name with a slash', data: { name: 'a/b' }, message: /has a provider whose "name" must be/ },
  { title: 'no name', data: { name: undefined }, message: /has a provider whose "name" must be/ },
  { title: 'an empty name for people', data: { displayName: ' ' }, message: /"displayName" must be a text/ },
  {
    title: 'no client',
    data: { clientId: undefined },
    message: /"house" whose "clientId" must be a text of printable ASCII\. Is the environment variable set\?$/
  },
  {
    title: 'no secret',
    data: { clientSecret: undefined },
    message: /"clientSecret" must be a text of printable ASCII, or a function\. Is the environment variable set\?$/
  },
  {
    title: 'an empty secret',
    data: { clientSecret: '' },
    message: /"clientSecret" must be .* Is the environment variable set\?$/
  },
  {
    title: 'a secret with a line break (K19.3)',
    data: { clientSecret: 'opensesame\n' },
    message: /"clientSecret" must be a text of printable ASCII, or a function$/
  },
  {
    title: 'a scope that is not set (K19.3)',
    data: { scopes: undefined },
    message: /"scopes" must be a list of scopes$/
  },
  { title: 'no scopes', data: { scopes: [] }, message: /"scopes" must be a list of scopes/ },
  { title: 'scopes that are a text', data: { scopes: 'openid' }, message: /"scopes" must be a list of scopes/ },
  { title: 'a scope with a space', data: { scopes: ['openid email'] }, message: /"scopes" must be a list of scopes/ },
  { title: 'a scope that is a number', data: { scopes: ['openid', 1] }, message: /"scopes" must be a list of scopes/ },
  { title: 'OpenID without its scope', data: { scopes: ['profile'] }, message: /"scopes" must have "openid" in it/ },
  {
    title: 'an issuer in the clear (SEC-140)',
    data: { issuer: 'http://id.example.com' },
    message: /"issuer" must be an https URL/
  },
  {
    title: 'an issuer with a query',
    data: { issuer: 'https://id.example.com?x' },
    message: /"issuer" must be an https URL/
  },
  {
    title: 'neither issuer nor userinfo',
    data: { issuer: undefined },
    message: /"issuer", or "endpoints.userinfo", is missing/
  },
  { title: 'endpoints without keys', data: { endpoints }, message: /"endpoints.jwks" is missing/ },
  {
    title: 'endpoints that are a text',
    data: { endpoints: 'https://a.example' },
    message: /"endpoints" must be https URLs/
  },
  {
    title: 'an endpoint that is missing',
    data: { endpoints: { ...endpoints, token: undefined } },
    message: /"endpoints" must be https URLs/
  },
  {
    title: 'an endpoint in the clear',
    data: { endpoints: { ...endpoints, userinfo: 'http://a.example' } },
    message: /"endpoints" must be https URLs/
  },
  {
    title: 'another way to authenticate',
    data: { clientAuthentication: 'none' },
    message: /"clientAuthentication" must be/
  },
  { title: 'another way to answer', data: { responseMode: 'fragment' }, message: /"responseMode" must be/ },
  {
    title: 'a parameter of the protocol',
    data: { parameters: { state: 'x' } },
    message: /"parameters" must be texts by names/
  },
  { title: 'a parameter that is no text', data: { parameters: { a: 1 } }, message: /"parameters" must be texts/ },
  { title: 'parameters that are no object', data: { parameters: 'a=1' }, message: /"parameters" must be texts/ },
  { title: 'userinfo in words', data: { userinfo: 'yes' }, message: /"userinfo" must be true or false/ },
  {
    title: 'nothing that finds the person',
    data: { toIdentity: undefined },
    message: /"toIdentity" must be a function/
  },
  { title: 'a list of the accepted', data: { accepts: [] }, message: /"accepts" must be a function/ }
]

for (const { title, data, message } of wrongProviders) {
  t.test(`a provider with ${title}: the server does not start, and says why`, async (t) => {
    const rejection = register({ ...other, ...data })
    await rejectsLike(t, rejection, { code: 'LATCHKEY_INVALID_OPTION', message })
    await rejection.catch((error: unknown) => t.notMatch(String(error), 'opensesame'))
  })
}
