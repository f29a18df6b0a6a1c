import Fastify from 'fastify'
import t from 'tap'
import { rejectsLike, throwsLike } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import login, { apple, discord, type LoginOptions, oidc } from '@latchkey/login'
import { fakeSession } from './fixtures/fake-session.ts'

const secret = 'x7TgBqL0sVnMwZyKcRjFhPdU3iXoE1aQ9tWr5v8b2mN'
const one = discord({ clientId: 'app', clientSecret: 'opensesame' })
const other = oidc({ name: 'house', issuer: 'https://id.example.com', clientId: 'app', clientSecret: 'opensesame' })

async function register(options: Record<string, unknown>, { withSession = true } = {}): Promise<void> {
  const app = Fastify()
  if (withSession) await app.register(fakeSession, { sessions: new Map() })
  const right = { providers: [one], store: memoryStore(), origin: 'https://app.example.com' }
  await app.register(login, { ...right, ...options } as LoginOptions) // the test passes wrong options
  await app.ready()
}

const wrong: { title: string; options: Record<string, unknown>; message: string; withSession?: boolean }[] = [
  {
    title: 'no providers',
    options: { providers: [] },
    message: 'providers must be a list of at least one provider, such as discord({ ... }); got an empty list'
  },
  {
    title: 'providers that are not a list',
    options: { providers: one },
    message: 'providers must be a list of at least one provider, such as discord({ ... }); got an object'
  },
  {
    title: 'a provider that is a text',
    options: { providers: ['discord'] },
    message:
      'providers[0] must be an object with name, displayName, mark, clientId, clientSecret, scopes, issuer, endpoints, issuerOf, clientAuthentication, responseMode, parameters, freshLogin, insecureTrustUnprovenLogin, userinfo, tokenResponse, accepts, toIdentity; got a string'
  },
  {
    title: 'a provider that is null',
    options: { providers: [null] },
    message:
      'providers[0] must be an object with name, displayName, mark, clientId, clientSecret, scopes, issuer, endpoints, issuerOf, clientAuthentication, responseMode, parameters, freshLogin, insecureTrustUnprovenLogin, userinfo, tokenResponse, accepts, toIdentity; got null'
  },
  {
    title: 'two providers with one name (FAULT-34)',
    options: { providers: [one, one] },
    message: 'providers[1].name must differ from the names of the other providers'
  },
  {
    title: 'an option that does not exist (SEC-153)',
    options: { verify: false },
    message:
      'verify does not exist. Fix: use one of providers, store, origin, secrets, loginPath, callbackPath, logoutPath, returnTo, afterLogout, postLogoutRedirects, keepTokens, revokeUpstreamOnLogout, onLogin, render, clockTolerance, now'
  },
  { title: 'no store', options: { store: undefined }, message: 'store is required without onLogin' },
  {
    title: 'a store without accounts',
    options: { store: {} },
    message: 'store must have accounts, as memoryStore() of @latchkey/store/memory does; got an object'
  },
  {
    title: 'a store that is a text',
    options: { store: 'memory' },
    message: 'store must have accounts, as memoryStore() of @latchkey/store/memory does; got a string'
  },
  {
    title: 'a store without upstream tokens',
    options: { store: { accounts: memoryStore().accounts }, keepTokens: true },
    message: 'store must have upstreamTokens with keepTokens'
  },
  {
    title: 'a store of used logout tokens without forget() (K15)',
    options: { store: { ...memoryStore(), dpopReplay: { remember: async () => true } } },
    message: 'store.dpopReplay must have the methods remember and forget'
  },
  {
    title: 'no origin',
    options: { origin: undefined },
    message:
      "origin must be an origin such as 'https://app.example.com': https, or http on loopback; got undefined. It is optional with an app.sessions that has one"
  },
  {
    title: 'an origin with a path',
    options: { origin: 'https://app.example.com/' },
    message: "origin must be an origin such as 'https://app.example.com': https, or http on loopback; got a string"
  },
  {
    title: 'an origin over plain http',
    options: { origin: 'http://app.example.com' },
    message: "origin must be an origin such as 'https://app.example.com': https, or http on loopback; got a string"
  },
  {
    title: 'an origin without a scheme',
    options: { origin: 'app' },
    message: "origin must be an origin such as 'https://app.example.com': https, or http on loopback; got a string"
  },
  {
    title: 'an origin of type number',
    options: { origin: 1 },
    message: "origin must be an origin such as 'https://app.example.com': https, or http on loopback; got a number"
  },
  {
    title: 'a weak secret (SEC-33)',
    options: { secrets: ['a'.repeat(43)] },
    message:
      'secrets[0] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got a secret that repeats itself, or looks like a placeholder'
  },
  {
    title: 'a weak secret among others (SEC-34)',
    options: { secrets: [secret, 'short'] },
    message:
      'secrets[1] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got less than 32 bytes'
  },
  {
    title: 'no secrets and no session',
    options: { onLogin: () => undefined },
    withSession: false,
    message: 'secrets is required without app.sessions. Fix: register the session before the login'
  },
  {
    title: 'no session and no onLogin',
    options: { secrets: [secret] },
    withSession: false,
    message: 'onLogin is required without app.sessions'
  },
  {
    title: 'a login path without a slash',
    options: { loginPath: 'login' },
    message: "loginPath must be a path such as '/login'; got a string"
  },
  {
    title: 'a callback path with an unknown parameter',
    options: { callbackPath: '/:other' },
    message: "callbackPath must be a path such as '/login/:provider/callback'; got a string"
  },
  {
    title: 'a callback path of type number',
    options: { callbackPath: 1 },
    message: "callbackPath must be a path such as '/login/:provider/callback'; got a number"
  },
  {
    title: 'one callback for two providers (SEC-103)',
    options: { providers: [one, other], callbackPath: '/auth' },
    message: "callbackPath must have ':provider' in it if there are several providers"
  },
  {
    title: 'a callback at the path of the login',
    options: { callbackPath: '/login' },
    message: 'callbackPath must differ from the paths of the login and the logout'
  },
  {
    title: 'a callback at the path of a provider',
    options: { callbackPath: '/login/:provider' },
    message: 'callbackPath must differ from the paths of the login and the logout'
  },
  {
    title: 'a callback at the path of the logout',
    options: { callbackPath: '/logout' },
    message: 'callbackPath must differ from the paths of the login and the logout'
  },
  {
    title: 'a logout path of true',
    options: { logoutPath: true },
    message: "logoutPath must be a path such as '/logout', or false; got a boolean"
  },
  {
    title: 'a target on another host',
    options: { returnTo: '//evil.example' },
    message: "returnTo must be a path such as '/welcome'; got a string"
  },
  {
    title: 'a target of type number',
    options: { afterLogout: 1 },
    message: "afterLogout must be a path such as '/welcome'; got a number"
  },
  {
    title: 'targets of a logout that are not a list',
    options: { postLogoutRedirects: '/bye' },
    message: 'postLogoutRedirects must be a list of paths and https URLs; got a string'
  },
  {
    title: 'a target of a logout that is a script',
    options: { postLogoutRedirects: ['javascript:alert(1)'] },
    message: 'postLogoutRedirects[0] must be a path or an https URL (http on loopback only); got a string'
  },
  {
    title: 'a target of a logout that is neither a path nor a URL',
    options: { postLogoutRedirects: ['x'] },
    message: 'postLogoutRedirects[0] must be a path or an https URL (http on loopback only); got a string'
  },
  {
    title: 'a target of a logout with a line break',
    options: { postLogoutRedirects: ['https://a.example/\n'] },
    message: 'postLogoutRedirects[0] must be a path or an https URL (http on loopback only); got a string'
  },
  {
    title: 'a target of a logout of type number',
    options: { postLogoutRedirects: [1] },
    message: 'postLogoutRedirects[0] must be a path or an https URL (http on loopback only); got a number'
  },
  {
    title: 'keepTokens as a text',
    options: { keepTokens: 'yes' },
    message: 'keepTokens must be true or false; got a string'
  },
  {
    title: 'revocation of tokens that are not kept',
    options: { revokeUpstreamOnLogout: true },
    message: 'revokeUpstreamOnLogout needs keepTokens'
  },
  {
    title: 'an onLogin that is an object',
    options: { onLogin: {} },
    message: 'onLogin must be a function; got an object'
  },
  {
    title: 'a clock tolerance of 61 seconds (SEC-47)',
    options: { clockTolerance: 61 },
    message: 'clockTolerance must be a whole number of seconds from 0 to 60; got a number'
  }
]

for (const { title, options, message, withSession = true } of wrong) {
  t.test(`${title}: the server does not start, and the error names the option`, async (t) => {
    await rejectsLike(t, register(options, { withSession }), {
      code: 'LATCHKEY_REGISTRATION',
      message: `@latchkey/login: ${message}`
    })
  })
}

t.test('accepts a valid value of every option', async (t) => {
  await t.resolves(
    register({
      providers: [one, other],
      secrets: [secret],
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

t.test('the origin of the session follows the same rule as the option (K29.2, K19.3)', async (t) => {
  for (const origin of ['http://shop.example', 'https://shop.example/', 'shop.example']) {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(fakeSession, { sessions: new Map(), origin })
    await rejectsLike(t, async () => app.register(login, { providers: [one], store: memoryStore() }), {
      code: 'LATCHKEY_REGISTRATION',
      message:
        "@latchkey/login: the origin of app.sessions must be an origin such as 'https://app.example.com': https, or http on loopback. Fix: give the session the origin that browsers see"
    })
  }
})

t.test('a second login in one context is refused; logins in two contexts are separate (FAULT-34)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(fakeSession, { sessions: new Map(), origin: 'https://app.example.com' })
  const options = { providers: [one], store: memoryStore() }
  for (const prefix of ['/a', '/b/']) {
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
  await rejectsLike(
    t,
    (async () => {
      const twice = Fastify()
      await twice.register(fakeSession, { sessions: new Map(), origin: 'https://app.example.com' })
      await twice.register(login, options)
      await twice.register(login, options)
    })(),
    { code: 'LATCHKEY_REGISTRATION' }
  )
})

t.test('apple() refuses an invalid private key without repeating it', async (t) => {
  const options = { clientId: 'app', teamId: 'T', keyId: 'K' }
  const message =
    'apple(): privateKey must be a P-256 private key as PEM. Fix: check the environment variable that it is read from'
  for (const privateKey of ['', '-----BEGIN PRIVATE KEY-----\nopensesame\n-----END PRIVATE KEY-----']) {
    throwsLike(t, () => apple({ ...options, privateKey }), { name: 'RegistrationError', message })
  }
})
