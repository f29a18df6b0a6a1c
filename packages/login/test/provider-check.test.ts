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
  await app.register(login, options as unknown as LoginOptions) // the test passes wrong options
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
    title: 'freshLogin as a text',
    data: { freshLogin: 'login' },
    message: /"freshLogin" must be texts by names/
  },
  {
    title: 'freshLogin with a scope',
    data: { freshLogin: { scope: 'openid' } },
    message: /"freshLogin" must be texts by names/
  },
  {
    title: 'insecureTrustUnprovenLogin as a text',
    data: { insecureTrustUnprovenLogin: 'yes' },
    message: /"insecureTrustUnprovenLogin" must be true or false/
  },
  { title: 'a name with a slash', data: { name: 'a/b' }, message: /has a provider whose "name" must be/ },
  { title: 'no name', data: { name: undefined }, message: /has a provider whose "name" must be/ },
  { title: 'an empty display name', data: { displayName: ' ' }, message: /"displayName" must be a text/ },
  {
    title: 'no client identifier',
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
    title: 'scopes of undefined (K19.3)',
    data: { scopes: undefined },
    message: /"scopes" must be a list of scopes$/
  },
  { title: 'an empty list of scopes', data: { scopes: [] }, message: /"scopes" must be a list of scopes/ },
  { title: 'scopes as a text', data: { scopes: 'openid' }, message: /"scopes" must be a list of scopes/ },
  { title: 'a scope with a space', data: { scopes: ['openid email'] }, message: /"scopes" must be a list of scopes/ },
  { title: 'a scope of type number', data: { scopes: ['openid', 1] }, message: /"scopes" must be a list of scopes/ },
  {
    title: 'an issuer without the scope openid',
    data: { scopes: ['profile'] },
    message: /"scopes" must have "openid" in it/
  },
  {
    title: 'an issuer over plain http (SEC-140)',
    data: { issuer: 'http://id.example.com' },
    message: /"issuer" must be an https URL/
  },
  {
    title: 'an issuer with a query',
    data: { issuer: 'https://id.example.com?x' },
    message: /"issuer" must be an https URL/
  },
  {
    title: 'neither an issuer nor userinfo',
    data: { issuer: undefined },
    message: /"issuer", or "endpoints.userinfo", is missing/
  },
  { title: 'endpoints without keys', data: { endpoints }, message: /"endpoints.jwks" is missing/ },
  {
    title: 'endpoints as a text',
    data: { endpoints: 'https://a.example' },
    message: /"endpoints" must be https URLs/
  },
  {
    title: 'a missing endpoint',
    data: { endpoints: { ...endpoints, token: undefined } },
    message: /"endpoints" must be https URLs/
  },
  {
    title: 'an endpoint over plain http',
    data: { endpoints: { ...endpoints, userinfo: 'http://a.example' } },
    message: /"endpoints" must be https URLs/
  },
  {
    title: 'an unknown client authentication',
    data: { clientAuthentication: 'none' },
    message: /"clientAuthentication" must be/
  },
  { title: 'an unknown response mode', data: { responseMode: 'fragment' }, message: /"responseMode" must be/ },
  {
    title: 'a parameter of the protocol',
    data: { parameters: { state: 'x' } },
    message: /"parameters" must be texts by names/
  },
  { title: 'a parameter of type number', data: { parameters: { a: 1 } }, message: /"parameters" must be texts/ },
  { title: 'parameters as a text', data: { parameters: 'a=1' }, message: /"parameters" must be texts/ },
  { title: 'userinfo as a text', data: { userinfo: 'yes' }, message: /"userinfo" must be true or false/ },
  {
    title: 'no toIdentity',
    data: { toIdentity: undefined },
    message: /"toIdentity" must be a function/
  },
  { title: 'accepts as a list', data: { accepts: [] }, message: /"accepts" must be a function/ }
]

for (const { title, data, message } of wrongProviders) {
  t.test(`a provider with ${title}: the server does not start, and the error names the member`, async (t) => {
    const rejection = register({ ...other, ...data })
    await rejectsLike(t, rejection, { code: 'LATCHKEY_INVALID_OPTION', message })
    await rejection.catch((error: unknown) => t.notMatch(String(error), 'opensesame'))
  })
}
