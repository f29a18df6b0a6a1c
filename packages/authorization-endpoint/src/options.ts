import type { Principal } from '@latchkey/guard'
import * as o from '@latchkey/options'
import type { Store } from '@latchkey/store'
import type { Client } from '@latchkey/token-endpoint'
import {
  type ClientDocumentsOptions,
  clientDocumentsOption,
  refuseInsecureHosts,
  type ResolvedClientDocuments
} from './client-documents/options.ts'
import { type DeviceOptions, deviceOption, type ResolvedDeviceOptions } from './device/options.ts'
import type { RenderPage } from './pages.ts'
import { type RegistrationOptions, type ResolvedRegistration, registrationOption } from './registration/options.ts'

/**
 * The options of the authorization endpoint. A wrong option stops the server from starting; the error names the fix.
 *
 * @example
 * ```ts
 * await app.register(authorizationEndpoint, { store, loginPath: '/login' })
 * ```
 */
export interface AuthorizationEndpointOptions {
  /** Stores codes, consents and waiting requests, e.g. `sqlStore()`. Usually the store of the token endpoint. */
  store: Pick<Store, 'records' | 'refreshTokens'> & Partial<Pick<Store, 'clock' | 'check'>>
  /** The path of this server where a user logs in: it gets `returnTo`, and `prompt` and `login_hint` if needed. Default: `/login`. */
  loginPath?: string
  /** The path of the authorization endpoint. Default: `/authorize`. */
  path?: string
  /** How long a code can be exchanged, in seconds, at most 600. Default: 60. */
  codeLifetime?: number
  /** How long a request waits for its user to log in and to decide, in seconds. Default: 600. */
  requestLifetime?: number
  /** How long a consent is remembered after the user last gave one, in seconds. Default: a year. */
  consentLifetime?: number
  /**
   * Returns the most scopes that a user may give to a client. Default: the scopes of the user's session, which are those that
   * the guard's `permissions` allows.
   */
  grantableScopes?: (principal: Principal, client: Client) => Iterable<string> | Promise<Iterable<string>>
  /** The path of the endpoint for pushed requests (RFC 9126), such as `/par`. Default: there is none. */
  pushedRequestPath?: string
  /**
   * Whether a client may be described by its own metadata document: its identifier is the URL of the document. What MCP clients
   * try first. Default: `false`.
   */
  clientDocuments?: boolean | ClientDocumentsOptions
  /**
   * Whether clients may register themselves (RFC 7591). Each registration is stored, and needs no authentication by default: prefer
   * `clientDocuments`. Default: `false`.
   */
  registration?: boolean | RegistrationOptions
  /**
   * The device authorization grant (RFC 8628), for command lines and televisions: `true` for all defaults, or its options.
   * Default: off.
   */
  device?: boolean | DeviceOptions
  /**
   * Whether scripts of every origin may call the endpoints that take no cookie, and read the metadata and the keys (CORS).
   * Default: `true`, because single-page apps need it.
   */
  openToOtherOrigins?: boolean
  /**
   * How many authorization requests one address may send in a minute, pushed ones and those of devices included. The requests of
   * browsers where a user is logged in count for each user at the address. As many again may continue after a login or a decision.
   * Default: 60.
   */
  requestsPerMinute?: number
  /** Renders pages in the application's own way. Default: built-in pages. */
  render?: RenderPage
  /** The clock in milliseconds since the epoch, for a store without one. Default: `Date.now`. */
  now?: () => number
}

const NAME = '@latchkey/authorization-endpoint'
const DAY = 86_400
const METHODS = { records: ['create', 'find', 'replace', 'remove', 'list', 'removeOwned'], refreshTokens: ['families'] }

const path = o.must("be a path such as '/authorize'", o.isRoutePath)
const seconds = (most: number): o.Schema<number> => o.integer(1, most, 'seconds')

const schema = o.pluginOptions({
  store: o.must<AuthorizationEndpointOptions['store']>(
    'have records and refreshTokens, as memoryStore() of @latchkey/store/memory does',
    isStore
  ),
  loginPath: o.optional(path, '/login'),
  path: o.optional(path, '/authorize'),
  codeLifetime: o.optional(seconds(600), 60),
  requestLifetime: o.optional(seconds(DAY), 600),
  consentLifetime: o.optional(seconds(3650 * DAY), 365 * DAY),
  grantableScopes: o.optional(o.aFunction<NonNullable<AuthorizationEndpointOptions['grantableScopes']>>()),
  pushedRequestPath: o.optional(path),
  clientDocuments: clientDocumentsOption,
  registration: registrationOption,
  device: deviceOption,
  openToOtherOrigins: o.optional(o.flag, true),
  requestsPerMinute: o.optional(o.integer(1, 1_000_000, 'requests'), 60),
  render: o.optional(o.aFunction<RenderPage>()),
  now: o.clock
})

type OptionsWithoutDefault =
  | 'clientDocuments'
  | 'device'
  | 'grantableScopes'
  | 'pushedRequestPath'
  | 'registration'
  | 'render'

/** The options with their defaults. */
export interface ResolvedOptions extends Required<Omit<AuthorizationEndpointOptions, OptionsWithoutDefault>> {
  readonly grantableScopes: AuthorizationEndpointOptions['grantableScopes'] | undefined
  readonly pushedRequestPath: string | undefined
  /** `null` if the device authorization grant is off. */
  readonly device: ResolvedDeviceOptions | null
  readonly render: RenderPage | undefined
  /** `null` if there are no such clients. */
  readonly clientDocuments: ResolvedClientDocuments | null
  /** `null` if clients cannot register. */
  readonly registration: ResolvedRegistration | null
}

/**
 * Checks the options and adds the defaults.
 *
 * @throws RegistrationError naming the option and the fix
 */
export function resolveOptions(given: AuthorizationEndpointOptions): ResolvedOptions {
  const checked = o.checkOptions(NAME, schema, given)
  refuseInsecureHosts(NAME, checked.clientDocuments)
  refuseOnePathTwice(checked)
  return checked
}

function refuseOnePathTwice({ path, pushedRequestPath, registration, device }: ResolvedOptions): void {
  const ofDevices = device === null ? [] : [device.path, device.verificationPath, `${device.verificationPath}/decision`]
  const used = [path, `${path}/continue`, pushedRequestPath, registration?.path, ...ofDevices].filter(o.isText)
  if (new Set(used).size === used.length) return
  throw new o.RegistrationError(
    NAME,
    'path, pushedRequestPath, registration.path, device.path and device.verificationPath must differ, also from the pages at path + "/continue" and at device.verificationPath + "/decision"'
  )
}

function isStore(value: unknown): boolean {
  return (
    o.isObject(value) &&
    o.hasMethods(value['records'], METHODS.records) &&
    o.hasMethods(value['refreshTokens'], METHODS.refreshTokens)
  )
}
