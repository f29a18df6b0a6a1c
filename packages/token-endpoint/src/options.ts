import { checkOptions, must, mustBeFunction, mustBeInteger, type OptionCheck, optional } from '@latchkey/guard'
import type { Store } from '@latchkey/store'
import type { JWK } from 'jose'
import { LONGEST_TOKEN_LIFETIME } from './keys/key-ring.ts'
import type { SubjectIsActive } from './grants/active-subject.ts'
import type { Clients } from './clients/directory.ts'
import { mustBeClients } from './clients/record.ts'
import { mustBeIssuer } from './issuer-identifier.ts'
import { mustOutlastRetry } from './tokens/grace-period.ts'
import type { RefreshTokenLifetime } from './tokens/refresh-tokens.ts'
import { isResource } from './grants/resources.ts'
import type { ThrottleLimits } from '@latchkey/throttle'
import {
  type Following,
  mustBeRevocationOptions,
  type RevocationOptions,
  resolveRevocationOptions
} from './revocations/options.ts'
import { type Keys, mustBeKeys } from './keys/open-keys.ts'
import type { SigningKeySource } from './keys/signing-keys.ts'

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
  /** Default: one public client, `first-party`, that may use `password` and `refresh_token`. */
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

/** The options with their defaults. */
export interface ResolvedOptions
  extends Required<Omit<TokenEndpointOptions, 'clients' | 'defaultClientId' | 'revocations' | 'subjectIsActive'>> {
  readonly clients: Clients | undefined
  readonly defaultClientId: string | undefined
  readonly keys: Keys
  readonly clientThrottle: ThrottleLimits
  readonly refreshTokenLifetime: Required<RefreshTokenLifetime>
  readonly revocations: Following
  readonly subjectIsActive: SubjectIsActive | undefined
}

const DAY = 86_400
const IDLE = 14 * DAY
const ABSOLUTE = 90 * DAY
const PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/
const STORE_METHODS = {
  refreshTokens: ['start', 'find', 'rotate', 'revokeFamily', 'revokeSubject'],
  revocations: ['revoke', 'since'],
  throttle: ['reserve', 'release', 'read', 'reset']
}

const mustBeResources = must(
  'be a list of absolute URIs without a fragment',
  (value) => Array.isArray(value) && value.every(isResource)
)
const mustBeIdentifier = must('be a text without spaces', (value) => typeof value === 'string' && /^\S+$/.test(value))
const mustBePath = must('be a path such as "/token"', isPath)
const mustBeSeconds = mustBeInteger(1, 365 * DAY, 'seconds')

const mustBeStore = must(
  'have refreshTokens and revocations, as memoryStore() of @latchkey/store/memory does',
  (value) =>
    isObject(value) &&
    hasMethods(value.refreshTokens, STORE_METHODS.refreshTokens) &&
    hasMethods(value.revocations, STORE_METHODS.revocations) &&
    (value.throttle === undefined || hasMethods(value.throttle, STORE_METHODS.throttle)) &&
    (value.clock === undefined || hasMethods(value.clock, ['now', 'read']))
)

const mustBeLifetime: OptionCheck = (value) => {
  if (!isObject(value)) return 'must be an object: { idle, absolute }'
  const { idle = IDLE, absolute = ABSOLUTE, ...unknown } = value
  if (Object.keys(unknown).length > 0) return 'has members other than idle and absolute'
  const fault = mustBeSeconds(idle) ?? mustBeSeconds(absolute)
  if (fault !== undefined) return `${fault}, idle and absolute`
  return Number(idle) > Number(absolute) ? 'must not have an idle lifetime above the absolute one' : undefined
}

/**
 * Checks the options of the token endpoint and adds the defaults.
 *
 * @throws InvalidOptionError naming the option and the fix
 */
export function resolveOptions(plugin: string, given: TokenEndpointOptions): ResolvedOptions {
  const options = checkOptions(plugin, given, {
    issuer: mustBeIssuer,
    audience: mustBeIdentifier,
    resources: optional(mustBeResources),
    keys: mustBeKeys,
    store: mustBeStore,
    clients: optional(mustBeClients),
    defaultClientId: optional(mustBeIdentifier),
    clientThrottle: optional(must('be an object: { failures, window }', isObject)),
    accessTokenLifetime: optional(mustBeInteger(1, LONGEST_TOKEN_LIFETIME, 'seconds')),
    refreshTokenLifetime: optional(mustBeLifetime),
    refreshGracePeriod: optional(mustBeInteger(0, 60, 'seconds')),
    subjectIsActive: optional(mustBeFunction),
    revocations: optional(mustBeRevocationOptions),
    path: optional(mustBePath),
    revocationPath: optional(mustBePath),
    introspectionPath: optional(mustBePath),
    now: optional(mustBeFunction)
  })
  const { clients, defaultClientId, refreshTokenLifetime: { idle = IDLE, absolute = ABSOLUTE } = {} } = options
  const {
    resources = [],
    accessTokenLifetime = 600,
    refreshGracePeriod = 15,
    path = '/token',
    now = Date.now
  } = options
  mustOutlastRetry(plugin, refreshGracePeriod, options.store.timeout)
  const { failures = 10, window = 60, ...unknown } = options.clientThrottle ?? {}
  const { revocationPath = '/revoke', introspectionPath = '/introspect', subjectIsActive } = options
  return {
    ...options,
    resources: [...resources],
    keys: options.keys as Keys, // mustBeKeys refuses an empty list
    clients,
    defaultClientId,
    clientThrottle: { ...unknown, failures, window },
    accessTokenLifetime,
    refreshTokenLifetime: { idle, absolute },
    refreshGracePeriod,
    subjectIsActive,
    revocations: resolveRevocationOptions(options.revocations ?? {}),
    path,
    revocationPath,
    introspectionPath,
    now
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => typeof value[name] === 'function')
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && PATH.test(value) && new URL(value, 'http://localhost').pathname === value
}
