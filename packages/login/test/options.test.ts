import Fastify from 'fastify'
import t from 'tap'
import { memoryStore } from '@latchkey/store/memory'
import login, { apple, discord, type LoginOptions, oidc } from '@latchkey/login'
import { fakeSession } from './fake-session.ts'

const secret = 'x7TgBqL0sVnMwZyKcRjFhPdU3iXoE1aQ9tWr5v8b2mN'
const one = discord({ clientId: 'app', clientSecret: 'opensesame' })
const other = oidc({ name: 'house', issuer: 'https://id.example.com', clientId: 'app', clientSecret: 'opensesame' })

async function register(options: Record<string, unknown>, { withSession = true } = {}): Promise<void> {
  const app = Fastify()
  if (withSession) await app.register(fakeSession, { sessions: new Map() })
  const right = { providers: [one], store: memoryStore(), origin: 'https://app.example.com' }
  await app.register(login, { ...right, ...options } as LoginOptions) // wrong ones are what is tried
  await app.ready()
}

const wrong: { title: string; options: Record<string, unknown>; message: RegExp; withSession?: boolean }[] = [
  { title: 'no providers', options: { providers: [] }, message: /"providers" must be a list of at least one/ },
  { title: 'providers that are no list', options: { providers: one }, message: /"providers" must be a list/ },
  {
    title: 'a provider that is none',
    options: { providers: ['discord'] },
    message: /holds something that is no provider/
  },
  { title: 'nothing as a provider', options: { providers: [null] }, message: /holds something that is no provider/ },
  {
    title: 'two providers of one name (FAULT-34)',
    options: { providers: [one, one] },
    message: /two providers of the name "discord"/
  },
  { title: 'an option that does not exist (SEC-153)', options: { verify: false }, message: /"verify" does not exist/ },
  { title: 'no store', options: { store: undefined }, message: /"store" is required without onLogin/ },
  { title: 'a store without accounts', options: { store: {} }, message: /"store" must have accounts/ },
  { title: 'a store that is none', options: { store: 'memory' }, message: /"store" must have accounts/ },
  {
    title: 'a store without tokens to keep',
    options: { store: { accounts: memoryStore().accounts }, keepTokens: true },
    message: /must have upstreamTokens/
  },
  { title: 'no origin', options: { origin: undefined }, message: /"origin" is required/ },
  {
    title: 'an origin with a path',
    options: { origin: 'https://app.example.com/' },
    message: /"origin" must be an origin/
  },
  {
    title: 'an origin in the clear',
    options: { origin: 'http://app.example.com' },
    message: /"origin" must be an origin/
  },
  { title: 'an origin that is none', options: { origin: 'app' }, message: /"origin" must be an origin/ },
  { title: 'an origin that is a number', options: { origin: 1 }, message: /"origin" must be an origin/ },
  { title: 'a weak secret (SEC-33)', options: { keys: ['a'.repeat(43)] }, message: /"keys" must be a list of secrets/ },
  {
    title: 'a weak secret among others (SEC-34)',
    options: { keys: [secret, 'short'] },
    message: /"keys" must be a list of secrets/
  },
  {
    title: 'no keys and no session',
    options: { onLogin: () => undefined },
    withSession: false,
    message: /"keys" is required/
  },
  {
    title: 'no session and no onLogin',
    options: { keys: [secret] },
    withSession: false,
    message: /"onLogin" is required/
  },
  { title: 'a login path that is none', options: { loginPath: 'login' }, message: /"loginPath" must be a path/ },
  {
    title: 'a callback path that is none',
    options: { callbackPath: '/:other' },
    message: /"callbackPath" must be a path/
  },
  { title: 'a callback path that is a number', options: { callbackPath: 1 }, message: /"callbackPath" must be a path/ },
  {
    title: 'one callback for two providers (SEC-103)',
    options: { providers: [one, other], callbackPath: '/auth' },
    message: /"callbackPath" must have ":provider"/
  },
  {
    title: 'a callback where the login begins',
    options: { callbackPath: '/login' },
    message: /"callbackPath" must be a path of its own/
  },
  {
    title: 'a callback where a provider is chosen',
    options: { callbackPath: '/login/:provider' },
    message: /"callbackPath" must be a path of its own/
  },
  {
    title: 'a callback where the logout is',
    options: { callbackPath: '/logout' },
    message: /"callbackPath" must be a path of its own/
  },
  { title: 'a logout path that is none', options: { logoutPath: true }, message: /"logoutPath" must be a path/ },
  { title: 'an end that is elsewhere', options: { returnTo: '//evil.example' }, message: /"returnTo" must be a path/ },
  { title: 'an end that is a number', options: { afterLogout: 1 }, message: /"afterLogout" must be a path/ },
  {
    title: 'ends of a logout that are no list',
    options: { postLogoutRedirects: '/bye' },
    message: /"postLogoutRedirects" must be a list/
  },
  {
    title: 'an end of a logout that is a script',
    options: { postLogoutRedirects: ['javascript:alert(1)'] },
    message: /"postLogoutRedirects" must be/
  },
  {
    title: 'an end of a logout that is nothing',
    options: { postLogoutRedirects: ['x'] },
    message: /"postLogoutRedirects" must be/
  },
  {
    title: 'an end of a logout with a line break',
    options: { postLogoutRedirects: ['https://a.example/\n'] },
    message: /"postLogoutRedirects" must be/
  },
  {
    title: 'an end of a logout that is a number',
    options: { postLogoutRedirects: [1] },
    message: /"postLogoutRedirects" must be/
  },
  {
    title: 'tokens that are kept in words',
    options: { keepTokens: 'yes' },
    message: /"keepTokens" must be true or false/
  },
  {
    title: 'revocation of tokens that nobody keeps',
    options: { revokeUpstreamOnLogout: true },
    message: /"revokeUpstreamOnLogout" needs keepTokens/
  },
  { title: 'a hook that is none', options: { onLogin: {} }, message: /"onLogin" must be a function/ },
  {
    title: 'too much tolerance (SEC-47)',
    options: { clockTolerance: 61 },
    message: /"clockTolerance" must be a whole number/
  }
]

for (const { title, options, message, withSession = true } of wrong) {
  t.test(`${title}: the server does not start, and says why`, async (t) => {
    await t.rejects(register(options, { withSession }), { code: 'LATCHKEY_INVALID_OPTION', message })
  })
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
    data: { trustUnprovenLogin: 'yes' },
    message: /"trustUnprovenLogin" must be true or false/
  },
  { title: 'a name with a slash', data: { name: 'a/b' }, message: /has a provider whose "name" must be/ },
  { title: 'no name', data: { name: undefined }, message: /has a provider whose "name" must be/ },
  { title: 'an empty name for people', data: { displayName: ' ' }, message: /"displayName" must be a text/ },
  {
    title: 'no client',
    data: { clientId: undefined },
    message: /"house" whose "clientId" must be a text. Is the environment/
  },
  {
    title: 'no secret',
    data: { clientSecret: undefined },
    message: /"clientSecret" must be a text. Is the environment/
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
    const rejection = register({ providers: [{ ...other, ...data }] }) // wrong ones are what is tried
    await t.rejects(rejection, { code: 'LATCHKEY_INVALID_OPTION', message })
    await rejection.catch((error: unknown) => t.notMatch(String(error), 'opensesame'))
  })
}

t.test('everything that the options say is possible is', async (t) => {
  await t.resolves(
    register({
      providers: [one, other],
      keys: [secret],
      loginPath: '/log-in',
      callbackPath: '/auth/:provider',
      logoutPath: false,
      returnTo: '/welcome?x=1',
      afterLogout: '/bye',
      postLogoutRedirects: ['/bye', 'https://www.example.com/bye', 'http://localhost:3000/'],
      keepTokens: true,
      revokeUpstreamOnLogout: true,
      clockTolerance: 60,
      now: Date.now
    })
  )
})

t.test('two logins in one context are one too many; in two contexts each is its own (FAULT-34)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(fakeSession, { sessions: new Map(), origin: 'https://app.example.com' })
  const options = { providers: [one], store: memoryStore() }
  for (const prefix of ['/a', '/b']) {
    await app.register(
      async (child) => {
        await child.register(login, options)
      },
      { prefix }
    )
  }
  for (const prefix of ['/a', '/b']) {
    const { headers } = await app.inject(`${prefix}/login`)
    const redirectUri = new URL(String(headers.location)).searchParams.get('redirect_uri')
    t.equal(redirectUri, `https://app.example.com${prefix}/login/discord/callback`)
  }
  await t.rejects(
    (async () => {
      const twice = Fastify()
      await twice.register(fakeSession, { sessions: new Map(), origin: 'https://app.example.com' })
      await twice.register(login, options)
      await twice.register(login, options)
    })(),
    { code: 'LATCHKEY_LOGIN_REGISTRATION' }
  )
})

t.test('a key that is no key of Apple stops the program, and is not shown', async (t) => {
  const options = { clientId: 'app', teamId: 'T', keyId: 'K' }
  for (const privateKey of ['', '-----BEGIN PRIVATE KEY-----\nopensesame\n-----END PRIVATE KEY-----']) {
    t.throws(() => apple({ ...options, privateKey }), {
      name: 'TypeError',
      message: /^apple\(\): "privateKey" must be a P-256/
    })
  }
})
