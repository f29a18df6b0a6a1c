import Fastify from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { RegistrationError, type TokenEndpointOptions } from '@latchkey/token-endpoint'
import { issuer, key } from './fixtures/server.ts'

const options = (): TokenEndpointOptions => ({ issuer, audience: issuer, keys: [key], store: memoryStore() })

const ISSUER =
  "issuer must be an https URL (http on loopback only) such as 'https://api.example.com', as a URL parser writes it, without credentials, query and fragment, and with a path of letters, digits and -._~ only"
const faults: [name: string, option: string, value: unknown, message: string][] = [
  [
    'an unknown option',
    'isuer',
    issuer,
    'isuer does not exist. Fix: use one of issuer, audience, resources, keys, store, clients, defaultClientId, clientThrottle, accessTokenLifetime, refreshTokenLifetime, refreshGracePeriod, subjectIsActive, subjectScopes, tokenClaims, revocations, path, revocationPath, introspectionPath, now'
  ],
  [
    'verify: false',
    'verify',
    false,
    'verify does not exist. Fix: use one of issuer, audience, resources, keys, store, clients, defaultClientId, clientThrottle, accessTokenLifetime, refreshTokenLifetime, refreshGracePeriod, subjectIsActive, subjectScopes, tokenClaims, revocations, path, revocationPath, introspectionPath, now'
  ],
  ...[
    'api.example.com',
    'http://api.example.com',
    'http://127.0.0.2',
    'https://api.example.com?a',
    'https://api.example.com#a',
    'https://a:b@api.example.com',
    'https://a@api.example.com',
    'https://API.example.com',
    'https://api.example.com:443',
    'https://api.example.com/a//b',
    'https://api.example.com/:a',
    'https://api.example.com/*',
    'ftp://localhost'
  ].map((value): (typeof faults)[number] => [`the issuer "${value}"`, 'issuer', value, `${ISSUER}; got a string`]),
  ['an empty issuer', 'issuer', '', `${ISSUER}; got an empty string`],
  [
    'the issuer "http://127.0.0.1.evil.example"',
    'issuer',
    'http://127.0.0.1.evil.example',
    "issuer must be an https URL (http on loopback only) such as 'https://api.example.com', as a URL parser writes it, without credentials, query and fragment, and with a path of letters, digits and -._~ only; got a string"
  ],
  [
    'an issuer that is an object',
    'issuer',
    new URL(issuer),
    "issuer must be an https URL (http on loopback only) such as 'https://api.example.com', as a URL parser writes it, without credentials, query and fragment, and with a path of letters, digits and -._~ only; got an object"
  ],
  [
    'no issuer',
    'issuer',
    undefined,
    "issuer must be an https URL (http on loopback only) such as 'https://api.example.com', as a URL parser writes it, without credentials, query and fragment, and with a path of letters, digits and -._~ only; got undefined"
  ],
  ['no audience', 'audience', undefined, 'audience must be a string without spaces; got undefined'],
  ['an empty audience', 'audience', '', 'audience must be a string without spaces; got an empty string'],
  ['a list of audiences', 'audience', [issuer], 'audience must be a string without spaces; got a list'],
  ['resources as a text', 'resources', issuer, 'resources must be a list of absolute URIs; got a string'],
  [
    'a relative resource',
    'resources',
    ['/items'],
    'resources[0] must be an absolute URI without a fragment; got a string'
  ],
  [
    'a resource with a fragment',
    'resources',
    ['https://items.example#a'],
    'resources[0] must be an absolute URI without a fragment; got a string'
  ],
  [
    'a resource that is an object',
    'resources',
    [new URL(issuer)],
    'resources[0] must be an absolute URI without a fragment; got an object'
  ],
  [
    'no keys',
    'keys',
    undefined,
    'keys must be a list of private JWKs (make one with generateSigningKey(), or "npx latchkey-keys"), or storedKeys(); got undefined'
  ],
  [
    'no store',
    'store',
    undefined,
    'store must have refreshTokens and revocations, as memoryStore() of @latchkey/store/memory does; got undefined'
  ],
  [
    'a store without refresh tokens',
    'store',
    { revocations: memoryStore().revocations },
    'store must have refreshTokens and revocations, as memoryStore() of @latchkey/store/memory does; got an object'
  ],
  [
    'a store without revocations',
    'store',
    { refreshTokens: memoryStore().refreshTokens },
    'store must have refreshTokens and revocations, as memoryStore() of @latchkey/store/memory does; got an object'
  ],
  [
    'a store without rotate()',
    'store',
    { ...memoryStore(), refreshTokens: { ...memoryStore().refreshTokens, rotate: undefined } },
    'store must have refreshTokens and revocations, as memoryStore() of @latchkey/store/memory does; got an object'
  ],
  [
    'an access token lifetime of 0',
    'accessTokenLifetime',
    0,
    'accessTokenLifetime must be a whole number of seconds from 1 to 86400; got a number'
  ],
  [
    'an access token lifetime above a day',
    'accessTokenLifetime',
    86_401,
    'accessTokenLifetime must be a whole number of seconds from 1 to 86400; got a number'
  ],
  [
    'an access token lifetime as a text',
    'accessTokenLifetime',
    '10 minutes',
    'accessTokenLifetime must be a whole number of seconds from 1 to 86400; got a string'
  ],
  [
    'a refresh token lifetime as a number',
    'refreshTokenLifetime',
    600,
    'refreshTokenLifetime must be an object with idle, absolute; got a number'
  ],
  [
    'a refresh token lifetime of null',
    'refreshTokenLifetime',
    null,
    'refreshTokenLifetime must be an object with idle, absolute; got null'
  ],
  [
    'an idle lifetime of 0',
    'refreshTokenLifetime',
    { idle: 0 },
    'refreshTokenLifetime.idle must be a whole number of seconds from 1 to 31536000; got a number'
  ],
  [
    'an absolute lifetime of 0',
    'refreshTokenLifetime',
    { idle: 1, absolute: 0 },
    'refreshTokenLifetime.absolute must be a whole number of seconds from 1 to 31536000; got a number'
  ],
  [
    'an idle lifetime above the absolute one',
    'refreshTokenLifetime',
    { idle: 2, absolute: 1 },
    'refreshTokenLifetime.idle must not be more than refreshTokenLifetime.absolute'
  ],
  [
    'an unknown lifetime',
    'refreshTokenLifetime',
    { total: 1 },
    'refreshTokenLifetime.total does not exist. Fix: use one of idle, absolute'
  ],
  [
    'a grace period of 61 seconds',
    'refreshGracePeriod',
    61,
    'refreshGracePeriod must be a whole number of seconds from 0 to 60; got a number'
  ],
  [
    'a negative grace period',
    'refreshGracePeriod',
    -1,
    'refreshGracePeriod must be a whole number of seconds from 0 to 60; got a number'
  ],
  ['a path without a leading slash', 'path', 'token', "path must be a path such as '/token'; got a string"],
  ['a path with a dot segment', 'path', '/a/../token', "path must be a path such as '/token'; got a string"],
  ['a path with a parameter', 'path', '/:tenant/token', "path must be a path such as '/token'; got a string"],
  ['a path that is a list', 'path', ['/token'], "path must be a path such as '/token'; got a list"],
  [
    'a revocation path without a leading slash',
    'revocationPath',
    'revoke',
    "revocationPath must be a path such as '/token'; got a string"
  ],
  [
    'an introspection path without a leading slash',
    'introspectionPath',
    'introspect',
    "introspectionPath must be a path such as '/token'; got a string"
  ],
  ['a list as subjectScopes', 'subjectScopes', ['items:read'], 'subjectScopes must be a function; got a list'],
  ['an object as tokenClaims', 'tokenClaims', {}, 'tokenClaims must be a function; got an object'],
  ['a list as subjectIsActive', 'subjectIsActive', ['alice'], 'subjectIsActive must be a function; got a list'],
  [
    'a number as revocations',
    'revocations',
    500,
    'revocations must be an object with interval, staleAfter, insecureAcceptStale; got a number'
  ],
  [
    'null as revocations',
    'revocations',
    null,
    'revocations must be an object with interval, staleAfter, insecureAcceptStale; got null'
  ],
  [
    'a misspelt member of revocations',
    'revocations',
    { intervall: 500 },
    'revocations.intervall does not exist. Fix: write interval'
  ],
  [
    'an interval below 10 ms',
    'revocations',
    { interval: 9 },
    'revocations.interval must be a whole number of milliseconds from 10 to 60000; got a number'
  ],
  [
    'an interval as a text',
    'revocations',
    { interval: '500' },
    'revocations.interval must be a whole number of milliseconds from 10 to 60000; got a string'
  ],
  [
    'a staleAfter that is not above the interval',
    'revocations',
    { interval: 5_000, staleAfter: 5_000 },
    'revocations.staleAfter must be more than revocations.interval'
  ],
  [
    'a staleAfter of more than ten minutes',
    'revocations',
    { staleAfter: 600_001 },
    'revocations.staleAfter must be a whole number of milliseconds from 11 to 600000; got a number'
  ],
  [
    'insecureAcceptStale as a text',
    'revocations',
    { insecureAcceptStale: 'yes' },
    'revocations.insecureAcceptStale must be true or false; got a string'
  ],
  ['the path of another endpoint', 'path', '/revoke', 'path, revocationPath and introspectionPath must differ'],
  [
    'one path for two endpoints',
    'introspectionPath',
    '/revoke',
    'path, revocationPath and introspectionPath must differ'
  ],
  ['a clock that is a number', 'now', 1, 'now must be a function; got a number']
]
for (const [name, option, value, message] of faults) {
  t.test(`refuses ${name} when the server starts (SEC-153)`, async (t) => {
    const app = Fastify()
    const given = { ...options(), [option]: value }
    const error = await Promise.resolve(app.register(tokenEndpoint, given)).then(
      () => null,
      (error: unknown) => error
    )
    t.ok(error instanceof RegistrationError)
    like(t, error, { code: 'LATCHKEY_REGISTRATION', message: `@latchkey/token-endpoint: ${message}` })
  })
}

for (const value of [
  'http://localhost:3000',
  'http://127.0.0.1:3000',
  'http://[::1]',
  'https://api.example.com/',
  'https://api.example.com/a/b_c'
]) {
  t.test(`accepts ${value} as an issuer (SEC-30)`, async (t) => {
    const app = Fastify()
    await app.register(tokenEndpoint, { ...options(), issuer: value })
    t.equal(app.tokenEndpoint.issuer, value)
  })
}
