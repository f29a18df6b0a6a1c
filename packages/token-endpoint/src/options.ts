import * as o from '@latchkey/options'
import type { Store } from '@latchkey/store'
import { type ThrottleLimits, throttleLimits } from '@latchkey/throttle'
import type { JWK } from 'jose'
import type { Clients } from './clients/client.ts'
import { clients } from './clients/record.ts'
import type { SubjectIsActive } from './grants/active-subject.ts'
import { isResource } from './grants/resources.ts'
import type { SubjectScopes } from './grants/subject-scopes.ts'
import { issuerIdentifier } from './issuer-identifier.ts'
import { isPrivateKey } from './keys/jwk.ts'
import { LONGEST_TOKEN_LIFETIME } from './keys/key-ring.ts'
import type { SigningKeySource } from './keys/signing-keys.ts'
import { isKeySource, type Keys, keys } from './keys/open-keys.ts'
import {
  type ResolvedRevocationOptions,
  resolveRevocations,
  type RevocationOptions,
  revocationOptions
} from './revocations/options.ts'
import type { AddTokenClaims } from './tokens/added-claims.ts'
import { mustOutlastRetry } from './tokens/grace-period.ts'
import type { RefreshTokenLifetime } from './tokens/refresh-token-records.ts'

/**
 * The options of the token endpoint. A wrong option stops the server from starting; the error names the fix.
 *
 * @example
 * ```ts
 * await app.register(tokenEndpoint, {
 *   issuer: 'https://api.example.com',
 *   audience: 'https://api.example.com',
 *   keys: keysFromText(process.env.SIGNING_KEYS),
 *   store: sqlStore({ file: 'latchkey.db' })
 * })
 * ```
 */
export interface TokenEndpointOptions {
  /** The URL of this server for clients: https, or http on a loopback host. Without query and fragment. */
  issuer: string
  /** The identifier of the API that accepts the access tokens, e.g. `https://api.example.com`. */
  audience: string
  /**
   * Identifiers of other APIs that a request may name in the parameter `resource` (RFC 8707): absolute URIs without a fragment.
   * Default: none.
   */
  resources?: readonly string[]
  /**
   * A list of JWKs (ES256, RS256, Ed25519, EdDSA), as `generateSigningKey()` and `npx latchkey-keys` make them. The first JWK
   * is private and signs. All JWKs are published. The JWKs after the first may be public. Or `storedKeys()`: keys that live in
   * a store and are rotated automatically.
   */
  keys: readonly JWK[] | SigningKeySource
  /**
   * Stores refresh tokens and revocations, e.g. `memoryStore()` of `@latchkey/store/memory`. Also counts failed attempts and
   * wrong client secrets. If the store has no `throttle`, or while `throttle` does not answer, each process counts by itself.
   * All times come from the store's `clock`, or from `now` if it has none. A store without `timeout` is expected to answer
   * within 5 seconds.
   */
  store: Pick<Store, 'refreshTokens' | 'revocations'> & Partial<Pick<Store, 'throttle' | 'clock' | 'timeout' | 'check'>>
  /**
   * The clients. An empty list is for a server whose clients are all found by another plugin. Default: one public client,
   * `first-party`, that may use `password` and `refresh_token`.
   */
  clients?: Clients
  /** The public client of a request that names no client. Default: the only client in `clients`, if that client is public. */
  defaultClientId?: string
  /**
   * The number of wrong secrets of one client that one address may send before the answer is 429, and the seconds for which a
   * wrong secret counts. The store keeps the counts. Default: `{ failures: 10, window: 60 }`.
   */
  clientThrottle?: Partial<Pick<ThrottleLimits, 'failures' | 'window'>>
  /**
   * The lifetime of an access token, in seconds. Default: 600. Revocations of sign-ins and subjects are kept only slightly
   * longer. If you lower this value, tokens that were issued before can outlive their revocation.
   */
  accessTokenLifetime?: number
  /** The lifetime of refresh tokens. */
  refreshTokenLifetime?: RefreshTokenLifetime
  /**
   * The number of seconds after its use in which a refresh token returns the same successor again, at most 60. It must be
   * longer than a client without an answer waits before it retries: the store's `timeout`, plus the 5 seconds of `Retry-After`,
   * plus 2 for the network. Default: 15. 0 turns the grace period off: a client that refreshes twice at once, or loses an
   * answer, is then signed out.
   */
  refreshGracePeriod?: number
  /**
   * Whether a user is still active. Called with the `sub` of the token at each refresh and each introspection. Only `true`
   * means active. Not called for clients that act for themselves. Does not revoke anything: when the user is active again, the
   * tokens work again. Default: every user is active.
   */
  subjectIsActive?: SubjectIsActive
  /**
   * Returns the scopes that a user may have now. Called with the `sub` of the token and the client, at each issue at the token
   * endpoint and at each refresh. The access token gets at most these scopes. A later refresh may get more again, up to those of
   * the sign-in. `null`: the user may have no tokens any more; the answer is `invalid_grant`, and a refresh revokes the tokens of
   * its sign-in. An error, or no answer in 5 seconds, is a 503, and the refresh token is not used. Not called for clients that act
   * for themselves, nor by `app.tokenEndpoint.issue()`. Default: the scopes of the grant.
   *
   * @example subjectScopes: async (subject) => (await users.find(subject))?.scopes ?? null
   */
  subjectScopes?: SubjectScopes
  /**
   * Claims that the application adds to an access token. Called at each issue and each refresh. They replace claims of the same
   * name that a grant gave. An error, a reserved name, and no answer within 5 seconds issue nothing. Default: none.
   *
   * @example tokenClaims: async ({ subject }) => ({ tenant: await tenants.of(subject) })
   */
  tokenClaims?: AddTokenClaims
  /** How this process reads the revocations of other processes. */
  revocations?: RevocationOptions
  /** The route of the token endpoint. Default: `/token`. */
  path?: string
  /** The route of the revocation endpoint. Default: `/revoke`. */
  revocationPath?: string
  /** The route of the introspection endpoint. Default: `/introspect`. */
  introspectionPath?: string
  /** The clock of this process in milliseconds since the epoch, for tests. Default: `Date.now`. */
  now?: () => number
}

type OptionalName = 'clients' | 'defaultClientId' | 'revocations' | 'subjectIsActive' | 'subjectScopes' | 'tokenClaims'

/** The options with their defaults. */
export interface ResolvedOptions extends Required<Omit<TokenEndpointOptions, OptionalName>> {
  readonly clients: Clients | undefined
  readonly defaultClientId: string | undefined
  readonly keys: Keys
  readonly clientThrottle: ThrottleLimits
  readonly refreshTokenLifetime: Required<RefreshTokenLifetime>
  readonly revocations: ResolvedRevocationOptions
  readonly subjectIsActive: SubjectIsActive | undefined
  readonly subjectScopes: SubjectScopes | undefined
  readonly tokenClaims: AddTokenClaims | undefined
}

const NAME = '@latchkey/token-endpoint'
const DAY = 86_400
const STORE_METHODS = {
  refreshTokens: ['start', 'find', 'rotate', 'revokeFamily', 'revokeSubject'],
  revocations: ['revoke', 'since'],
  throttle: ['reserve', 'release', 'read', 'reset'],
  clock: ['now', 'read']
}

const identifier = o.matching('be a string without spaces', /^\S+$/)
const routePath = o.must("be a path such as '/token'", o.isRoutePath)
const seconds = o.integer(1, 365 * DAY, 'seconds')

const schema = o.pluginOptions({
  issuer: issuerIdentifier,
  audience: identifier,
  resources: o.optional(
    o.listOf('be a list of absolute URIs', o.must<string>('be an absolute URI without a fragment', isResource)),
    []
  ),
  keys,
  store: o.must('have refreshTokens and revocations, as memoryStore() of @latchkey/store/memory does', isStore),
  clients: o.optional(clients),
  defaultClientId: o.optional(identifier),
  clientThrottle: o.group({
    failures: o.optional(throttleLimits.failures, 10),
    window: o.optional(throttleLimits.window, 60)
  }),
  accessTokenLifetime: o.optional(o.integer(1, LONGEST_TOKEN_LIFETIME, 'seconds'), 600),
  refreshTokenLifetime: o.group({ idle: o.optional(seconds, 14 * DAY), absolute: o.optional(seconds, 90 * DAY) }),
  refreshGracePeriod: o.optional(o.integer(0, 60, 'seconds'), 15),
  subjectIsActive: o.optional(o.aFunction<SubjectIsActive>()),
  subjectScopes: o.optional(o.aFunction<SubjectScopes>()),
  tokenClaims: o.optional(o.aFunction<AddTokenClaims>()),
  revocations: revocationOptions,
  path: o.optional(routePath, '/token'),
  revocationPath: o.optional(routePath, '/revoke'),
  introspectionPath: o.optional(routePath, '/introspect'),
  now: o.clock
})

/**
 * Checks the options and adds the defaults.
 *
 * @throws RegistrationError naming the option and the fix
 */
export function resolveOptions(given: TokenEndpointOptions): ResolvedOptions {
  const { revocations, ...options } = o.checkOptions(NAME, schema, given)
  const { keys, refreshTokenLifetime: lifetime } = options
  if (!isKeySource(keys) && !isPrivateKey(keys[0])) {
    throw new o.RegistrationError(NAME, 'keys[0] must be a private key, because it signs; got a public key')
  }
  if (lifetime.idle > lifetime.absolute) {
    throw new o.RegistrationError(NAME, 'refreshTokenLifetime.idle must not be more than refreshTokenLifetime.absolute')
  }
  const { path, revocationPath, introspectionPath } = options
  if (new Set([path, revocationPath, introspectionPath]).size < 3) {
    throw new o.RegistrationError(NAME, 'path, revocationPath and introspectionPath must differ')
  }
  mustOutlastRetry(NAME, options.refreshGracePeriod, options.store.timeout)
  return { ...options, revocations: resolveRevocations(NAME, revocations) }
}

function isStore(value: unknown): value is TokenEndpointOptions['store'] {
  if (!o.isObject(value)) return false
  const { throttle, clock, refreshTokens, revocations } = value
  return (
    o.hasMethods(refreshTokens, STORE_METHODS.refreshTokens) &&
    o.hasMethods(revocations, STORE_METHODS.revocations) &&
    (throttle === undefined || o.hasMethods(throttle, STORE_METHODS.throttle)) &&
    (clock === undefined || o.hasMethods(clock, STORE_METHODS.clock))
  )
}
