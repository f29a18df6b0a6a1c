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

const wrongProviders: { title: string; data: Record<string, unknown>; message: string }[] = [
  {
    title: 'a member that does not exist',
    data: { verify: false },
    message:
      '@latchkey/login: providers[0].verify does not exist. Fix: use one of name, displayName, mark, clientId, clientSecret, scopes, issuer, endpoints, issuerOf, clientAuthentication, responseMode, parameters, freshLogin, insecureTrustUnprovenLogin, userinfo, tokenResponse, accepts, toIdentity'
  },
  {
    title: 'freshLogin as a text',
    data: { freshLogin: 'login' },
    message:
      '@latchkey/login: providers[0].freshLogin must map the names of parameters to strings, except those that the protocol sets; got a string'
  },
  {
    title: 'freshLogin with a scope',
    data: { freshLogin: { scope: 'openid' } },
    message:
      '@latchkey/login: providers[0].freshLogin must map the names of parameters to strings, except those that the protocol sets; got an object'
  },
  {
    title: 'insecureTrustUnprovenLogin as a text',
    data: { insecureTrustUnprovenLogin: 'yes' },
    message: '@latchkey/login: providers[0].insecureTrustUnprovenLogin must be true or false; got a string'
  },
  {
    title: 'no client identifier',
    data: { clientId: undefined },
    message:
      '@latchkey/login: providers[0].clientId must be a string of printable ASCII; got undefined. Fix: check the environment variable that it is read from'
  },
  {
    title: 'no secret',
    data: { clientSecret: undefined },
    message:
      '@latchkey/login: providers[0].clientSecret must be a string of printable ASCII, or a function; got undefined. Fix: check the environment variable that it is read from'
  },
  {
    title: 'an empty secret',
    data: { clientSecret: '' },
    message:
      '@latchkey/login: providers[0].clientSecret must be a string of printable ASCII, or a function; got an empty string. Fix: check the environment variable that it is read from'
  },
  {
    title: 'a secret with a line break (K19.3)',
    data: { clientSecret: 'opensesame\n' },
    message:
      '@latchkey/login: providers[0].clientSecret must be a string of printable ASCII, or a function; got a string. Fix: check the environment variable that it is read from'
  },
  {
    title: 'scopes of undefined (K19.3)',
    data: { scopes: undefined },
    message: '@latchkey/login: providers[0].scopes must be a list of at least one scope; got undefined'
  },
  {
    title: 'an empty list of scopes',
    data: { scopes: [] },
    message: '@latchkey/login: providers[0].scopes must be a list of at least one scope; got an empty list'
  },
  {
    title: 'scopes as a text',
    data: { scopes: 'openid' },
    message: '@latchkey/login: providers[0].scopes must be a list of at least one scope; got a string'
  },
  {
    title: 'a scope with a space',
    data: { scopes: ['openid email'] },
    message: '@latchkey/login: providers[0].scopes[0] must be a scope token; got a string'
  },
  {
    title: 'a scope of type number',
    data: { scopes: ['openid', 1] },
    message: '@latchkey/login: providers[0].scopes[1] must be a scope token; got a number'
  },
  {
    title: 'an issuer without the scope openid',
    data: { scopes: ['profile'] },
    message: "@latchkey/login: providers[0].scopes must contain 'openid' with an issuer"
  },
  {
    title: 'an issuer over plain http (SEC-140)',
    data: { issuer: 'http://id.example.com' },
    message:
      '@latchkey/login: providers[0].issuer must be an https URL without credentials, query and fragment (http only on 127.0.0.1, [::1] and localhost); got a string'
  },
  {
    title: 'an issuer with a query',
    data: { issuer: 'https://id.example.com?x' },
    message:
      '@latchkey/login: providers[0].issuer must be an https URL without credentials, query and fragment (http only on 127.0.0.1, [::1] and localhost); got a string'
  },
  {
    title: 'neither an issuer nor userinfo',
    data: { issuer: undefined },
    message: '@latchkey/login: providers[0] must have an issuer, or endpoints with userinfo'
  },
  {
    title: 'endpoints without keys',
    data: { endpoints },
    message: '@latchkey/login: providers[0].endpoints.jwks must be an https URL with an issuer; got undefined'
  },
  {
    title: 'endpoints as a text',
    data: { endpoints: 'https://a.example' },
    message:
      '@latchkey/login: providers[0].endpoints must be an object with authorization, token, userinfo, revocation, jwks, endSession; got a string'
  },
  {
    title: 'a missing endpoint',
    data: { endpoints: { ...endpoints, token: undefined } },
    message:
      '@latchkey/login: providers[0].endpoints.token must be an https URL without credentials and fragment (http only on 127.0.0.1, [::1] and localhost); got undefined'
  },
  {
    title: 'an endpoint over plain http',
    data: { endpoints: { ...endpoints, userinfo: 'http://a.example' } },
    message:
      '@latchkey/login: providers[0].endpoints.userinfo must be an https URL without credentials and fragment (http only on 127.0.0.1, [::1] and localhost); got a string'
  },
  {
    title: 'an unknown client authentication',
    data: { clientAuthentication: 'none' },
    message:
      "@latchkey/login: providers[0].clientAuthentication must be 'client_secret_basic' or 'client_secret_post'; got a string"
  },
  {
    title: 'an unknown response mode',
    data: { responseMode: 'fragment' },
    message: "@latchkey/login: providers[0].responseMode must be 'query' or 'form_post'; got a string"
  },
  {
    title: 'a parameter of the protocol',
    data: { parameters: { state: 'x' } },
    message:
      '@latchkey/login: providers[0].parameters must map the names of parameters to strings, except those that the protocol sets; got an object'
  },
  {
    title: 'a parameter of type number',
    data: { parameters: { a: 1 } },
    message:
      '@latchkey/login: providers[0].parameters must map the names of parameters to strings, except those that the protocol sets; got an object'
  },
  {
    title: 'parameters as a text',
    data: { parameters: 'a=1' },
    message:
      '@latchkey/login: providers[0].parameters must map the names of parameters to strings, except those that the protocol sets; got a string'
  },
  {
    title: 'userinfo as a text',
    data: { userinfo: 'yes' },
    message: '@latchkey/login: providers[0].userinfo must be true or false; got a string'
  },
  {
    title: 'no toIdentity',
    data: { toIdentity: undefined },
    message: '@latchkey/login: providers[0].toIdentity must be a function; got undefined'
  },
  {
    title: 'accepts as a list',
    data: { accepts: [] },
    message: '@latchkey/login: providers[0].accepts must be a function; got an empty list'
  }
]

for (const { title, data, message } of wrongProviders) {
  t.test(`a provider with ${title}: the server does not start, and the error names the member`, async (t) => {
    const rejection = register({ ...other, ...data })
    await rejectsLike(t, rejection, { code: 'LATCHKEY_REGISTRATION', message })
    await rejection.catch((error: unknown) => t.notMatch(String(error), 'opensesame'))
  })
}
