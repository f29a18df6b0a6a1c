import { isProtectedUrl, parseUrl } from '@latchkey/options'
import { factsOf } from '../app/facts.ts'
import type { ServerReport } from '../app/protocol.ts'
import type { Severity } from '../findings.ts'
import { inventory } from '../routes/inventory.ts'
import type { SecretInSource } from './secrets-in-source.ts'

/** The data that the rules look at. */
export interface Patient {
  readonly report: ServerReport
  readonly secretsInSource: readonly SecretInSource[]
}

/** A rule of the doctor. */
export interface Rule {
  readonly id: string
  readonly severity: Severity
  readonly fix: string
  /** The README section that explains it. */
  readonly see: string
  /** Returns the findings, each a sentence. */
  readonly check: (patient: Patient) => readonly string[]
}

const SMALL_DIFFERENCE = 2_000
const LARGE_DIFFERENCE = 60_000

/** The rules for a server that starts, in the order in which they are checked. */
export const rules: readonly Rule[] = [
  {
    id: 'insecure-cookie',
    severity: 'error',
    fix: 'leave out insecureCookie, and serve the application over https',
    see: '@latchkey/session/README.md#options',
    check: ({ report }) =>
      factsOf(report, '@latchkey/session')
        .filter(({ origin, cookie }) => !cookie.secure && origin !== null && !isLoopback(origin))
        .map(
          ({ cookie }) =>
            `The session cookie "${cookie.name}" is sent over plain http, and everyone on the network can read it`
        )
  },
  {
    id: 'trust-proxy-none',
    severity: 'warning',
    fix: "set Fastify's trustProxy to the addresses of the proxies, such as ['10.0.0.0/8']",
    see: '@latchkey/password-grant/README.md#behind-a-proxy',
    check: ({ report }) => {
      const isProxied = !report.isHttps && originsOf(report).some((origin) => origin.startsWith('https:'))
      const trusting = throttlersOf(report, 'none')
      return isProxied && trusting.length > 0
        ? [
            `The origin is https and this server is not, so there is a proxy. Fastify does not trust it: failures of one client count for all in ${list(trusting)}`
          ]
        : []
    }
  },
  {
    id: 'trust-proxy-every',
    severity: 'warning',
    fix: "set Fastify's trustProxy to the addresses of the proxies, such as ['10.0.0.0/8'], neither true nor a number",
    see: '@latchkey/password-grant/README.md#behind-a-proxy',
    check: ({ report }) => {
      const trusting = throttlersOf(report, 'every')
      return trusting.length > 0
        ? [
            `Fastify trusts every proxy, so clients make up their address: the limits of ${list(trusting)} by address have no effect`
          ]
        : []
    }
  },
  {
    id: 'clock-differs',
    severity: 'warning',
    fix: 'synchronize this machine and that of the store with NTP',
    see: '@latchkey/store/README.md#time',
    check: ({ report }) => {
      const worst = Math.max(...storesOf(report).map(({ facts }) => Math.abs(facts.clockAheadBy)), 0)
      const effect = worst > LARGE_DIFFERENCE ? ': this process deletes and rotates nothing' : ''
      return worst > SMALL_DIFFERENCE
        ? [`The clocks of this process and of the store differ by ${Math.round(worst / 1000)} seconds${effect}`]
        : []
    }
  },
  {
    id: 'reused-secret',
    severity: 'error',
    fix: 'make another secret with "latchkey keys secret"',
    see: '@latchkey/secrets/README.md#functions',
    // The server may use one secret for several purposes: each purpose derives a key of its own.
    check: ({ report }) => {
      const shared = new Set(factsOf(report, '@latchkey/login').flatMap(({ clientSecrets }) => clientSecrets))
      const users = ownSecretsOf(report).flatMap(({ of, secret }) => (shared.has(secret) ? of : []))
      return users.length > 0
        ? [`The client secret of a login provider is also a secret of ${list(users)}: the provider knows it`]
        : []
    }
  },
  {
    id: 'secret-in-source',
    severity: 'error',
    fix: 'read the secret from the environment, and replace it: copies of the source have it',
    see: '@latchkey/session/README.md#rotating-secrets',
    check: ({ secretsInSource }) =>
      secretsInSource.map(({ file, line }) => `A secret of the server is in ${file}:${line}`)
  },
  {
    id: 'callback-origin',
    severity: 'error',
    fix: 'give the login and the session the same origin: the one that browsers see',
    see: '@latchkey/login/README.md#registering-the-redirect-uri',
    check: ({ report }) =>
      factsOf(report, '@latchkey/login')
        .filter((login) =>
          factsOf(report, '@latchkey/session').some(({ origin }) => (origin ?? login.origin) !== login.origin)
        )
        .flatMap(({ callbacks }) =>
          callbacks.map(
            ({ redirectUri }) =>
              `The callback ${redirectUri} is at another origin than the session: its cookie is not sent there`
          )
        )
  },
  {
    id: 'undeclared-allow',
    severity: 'warning',
    fix: "give each route a rule, then leave out undeclared: 'allow'",
    see: '@latchkey/guard/README.md#options',
    check: ({ report }) =>
      factsOf(report, '@latchkey/guard')
        .filter(({ undeclared }) => undeclared === 'allow')
        .map(({ routes }) => {
          const open = routes.filter(({ method, rule }) => rule === null && method !== 'HEAD').map(({ url }) => url)
          const now = open.length === 0 ? 'now there is none' : `now ${list(open)}`
          return `A route without a rule is open to everyone: ${now}`
        })
  },
  {
    id: 'no-guard',
    severity: 'error',
    fix: 'register @latchkey/guard before the routes, and give each route a rule',
    see: '@latchkey/guard/README.md#example',
    // A login or a token endpoint may be a server of its own, without routes to guard.
    check: ({ report }) =>
      report.plugins.length === 0 ? ['The server has no plugin of Latchkey: every route is open to everyone'] : []
  },
  {
    id: 'unguarded-route',
    severity: 'warning',
    fix: 'register the guard in the context of these routes, or in one above it',
    see: '@latchkey/guard/README.md#example',
    check: ({ report }) => {
      if (factsOf(report, '@latchkey/guard').length === 0) return []
      const open = inventory(report).filter(({ guarded }) => !guarded)
      const names = open.map(({ method, url }) => `${method} ${url}`)
      return open.length > 0 ? [`No guard covers ${list(names)}: open to everyone`] : []
    }
  },
  {
    id: 'key-algorithm',
    severity: 'warning',
    fix: 'make a key for ES256 or Ed25519: "latchkey keys rotate --alg ES256"',
    see: '@latchkey/token-endpoint/README.md#algorithms',
    check: ({ report }) =>
      factsOf(report, '@latchkey/token-endpoint')
        .flatMap(({ keys }) => keys.published)
        .filter(({ alg, signs }) => signs && alg === 'EdDSA')
        .map(({ kid }) => `The key "${kid}" signs with the algorithm name EdDSA, which RFC 9864 deprecates`)
  }
]

/** The rules that hold in production only: a development server may break them. */
export const productionRules: readonly Rule[] = [
  {
    id: 'memory-store',
    severity: 'error',
    fix: 'use sqlStore() of @latchkey/store/sql, or redisStore() of @latchkey/store/redis',
    see: '@latchkey/store/README.md#memorystoreoptions',
    check: ({ report }) => {
      const users = storesOf(report).flatMap(({ of, facts }) => (facts.inMemory ? of : []))
      return users.length > 0 ? [`The data of ${list(users)} are in memory: a restart loses them`] : []
    }
  },
  {
    id: 'keys-made-at-start',
    severity: 'error',
    fix: 'make a key once with "latchkey keys new", or use storedKeys()',
    see: '@latchkey/token-endpoint/README.md#signing-keys',
    check: ({ report }) =>
      factsOf(report, '@latchkey/token-endpoint')
        .filter(({ keys }) => keys.madeAtStart)
        .map(
          () =>
            'The signing key is made at each start: a restart ends all access tokens, and processes do not accept those of each other'
        )
  },
  {
    id: 'password-grant',
    severity: 'warning',
    fix: 'use @latchkey/authorization-endpoint for clients, or @latchkey/password-login for browsers',
    see: '@latchkey/password-grant/README.md#what-it-does-not-do',
    check: ({ report }) =>
      factsOf(report, '@latchkey/token-endpoint')
        .filter(({ grantTypes }) => grantTypes.includes('password'))
        .map(() => 'grant_type=password is on, and RFC 9700 §2.4 says that it must not be used')
  },
  {
    id: 'loopback-origin',
    severity: 'error',
    fix: 'set the origin and the issuer to the https origin that browsers and clients see',
    see: '@latchkey/session/README.md#options',
    check: ({ report }) =>
      [...new Set(originsOf(report))]
        .filter(isLoopback)
        .map((origin) => `The public origin is ${origin}, and only this machine reaches it`)
  }
]

/** The fingerprints of all secrets of a server. */
export function fingerprintsOf(report: ServerReport): readonly string[] {
  const shared = factsOf(report, '@latchkey/login').flatMap(({ clientSecrets }) => clientSecrets)
  return [...ownSecretsOf(report).map(({ secret }) => secret), ...shared]
}

function ownSecretsOf(report: ServerReport) {
  return [
    ...factsOf(report, '@latchkey/session').map(({ secrets }) => ({ of: '@latchkey/session', secrets })),
    ...factsOf(report, '@latchkey/login').map(({ secrets }) => ({ of: '@latchkey/login', secrets })),
    ...factsOf(report, '@latchkey/token-endpoint').map(({ keys }) => ({
      of: 'the signing keys',
      secrets: keys.secrets
    }))
  ].flatMap(({ of, secrets }) => secrets.map((secret) => ({ of, secret })))
}

function storesOf(report: ServerReport) {
  const names = [
    '@latchkey/session',
    '@latchkey/login',
    '@latchkey/token-endpoint',
    '@latchkey/password-login',
    '@latchkey/api-keys'
  ] as const
  return names.flatMap((of) =>
    factsOf(report, of).flatMap(({ store }) => (store === null ? [] : [{ of, facts: store }]))
  )
}

function throttlersOf(report: ServerReport, trust: 'none' | 'every'): readonly string[] {
  return factsOf(report, '@latchkey/throttle').flatMap(({ of, proxyTrust }) => (proxyTrust === trust ? of : []))
}

/** The origins that the options say this server is reached at. */
function originsOf(report: ServerReport): readonly string[] {
  return [
    ...factsOf(report, '@latchkey/session').flatMap(({ origin }) => origin ?? []),
    ...factsOf(report, '@latchkey/login').map(({ origin }) => origin),
    ...factsOf(report, '@latchkey/password-login').map(({ origin }) => origin),
    ...factsOf(report, '@latchkey/token-endpoint').map(({ issuer }) => new URL(issuer).origin)
  ]
}

function isLoopback(origin: string): boolean {
  const url = parseUrl(origin)
  // Plain http is protected on loopback only.
  return url !== null && isProtectedUrl(new URL(`http://${url.host}`))
}

function list(names: readonly string[]): string {
  return [...new Set(names)].join(', ')
}
