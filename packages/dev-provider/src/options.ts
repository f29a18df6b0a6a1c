import * as o from '@latchkey/options'
import { type DevClient, defaultClient, isLoopbackUri } from './client.ts'
import type { FaultName, FaultSettings } from './faults/settings.ts'
import { type Person, subjectOf } from './person.ts'
import { profiles } from './profiles/by-name.ts'
import type { ProfileName } from './profiles/endpoints.ts'

/**
 * The options of `devProvider()`. Each is optional.
 *
 * @example
 * ```ts
 * await devProvider({ profile: 'google', port: 4000, autoLogin: 'ada', faults: { slow: { delay: 500 } } })
 * ```
 */
export interface DevProviderOptions {
  /** The provider to imitate: `'discord'`, `'google'` or `'oidc'` (default). */
  profile?: ProfileName | undefined
  /** The port on 127.0.0.1. Default: 0, any free port. */
  port?: number | undefined
  /** The registered clients. Default: one client, `latchkey`, that may redirect to any loopback URI. */
  clients?: readonly DevClient[] | undefined
  /** The people, in the order of the page. Default: Ada, Grace, Alan and Hypatia. */
  people?: readonly Person[] | undefined
  /** The faults that are on at the start, with their settings: `{ slow: { delay: 500 } }`. Default: none. */
  faults?: Readonly<Partial<Record<FaultName, FaultSettings>>> | undefined
  /** The `id` of a person: each authorization request is answered as this person at once. Default: the page is shown. */
  autoLogin?: string | undefined
  /**
   * Starts even if `NODE_ENV` is `production`. Default: `false`.
   *
   * @deprecated any client that reaches the provider can log in as any person
   */
  insecureAllowProduction?: boolean | undefined
}

/** The options with their defaults. */
export interface ResolvedOptions {
  readonly profileName: ProfileName
  readonly port: number
  readonly clients: readonly [DevClient, ...DevClient[]]
  readonly people: readonly Person[]
  readonly autoLogin: string | undefined
  readonly faults: Readonly<Partial<Record<FaultName, FaultSettings>>>
}

const NAME = '@latchkey/dev-provider'

const uri = o.must<string>(
  'be a loopback URI such as http://localhost:3000/callback',
  (value) => typeof value === 'string' && isLoopbackUri(value)
)
const uris = o.optional(o.listOf('be a list of loopback URIs', uri))
// So HTTP Basic has the same value for clients that encode their credentials and for clients that do not.
const credential = o.matching('have only the characters A-Z, a-z, 0-9 and ._~-', /^[\w.~-]+$/)

const clientMembers: o.MembersOf<DevClient> = {
  clientId: credential,
  clientSecret: credential,
  redirectUris: uris,
  postLogoutRedirectUris: uris,
  backchannelLogoutUri: o.optional(uri)
}

const schema = o.members({
  profile: o.optional(o.oneOf('discord', 'google', 'oidc'), 'oidc'),
  port: o.optional(
    o.must<number>('be a port from 0 to 65535; 0 is any free port', (value) => o.isWhole(value, 0, 65_535)),
    0
  ),
  clients: o.optional(o.listOf('be a list of clients', o.asGiven<DevClient>(o.members(clientMembers)))),
  people: o.optional(
    o.listOf(
      'be a list of at least one person',
      o.shape<Person>({ id: o.matching('have only letters, digits, - and _', /^[\w-]+$/) }),
      1
    )
  ),
  faults: o.optional(o.must<ResolvedOptions['faults']>('map the names of faults to their settings', o.isRecord), {}),
  autoLogin: o.optional(o.must<string>('be the id of a person', (value) => typeof value === 'string')),
  insecureAllowProduction: o.optional(o.flag, false)
})

/**
 * Checks the options and adds the defaults. Does not check the faults.
 *
 * @throws RegistrationError naming the option and the fix
 */
export function resolveOptions(given: DevProviderOptions): ResolvedOptions {
  const { profile: profileName, insecureAllowProduction, ...options } = o.checkOptions(NAME, schema, given)
  const {
    people = profiles[profileName].people,
    clients: [client = defaultClient, ...others] = [],
    autoLogin
  } = options
  const clients = [client, ...others] as const
  requireThat(
    process.env['NODE_ENV'] !== 'production' || insecureAllowProduction,
    'insecureAllowProduction must be true if NODE_ENV is production, because anybody can log in as any person'
  )
  requireThat(
    [people.map(({ id }) => id), people.map(subjectOf)].every(areDistinct),
    'people must each have an id and a subject of their own'
  )
  requireThat(
    autoLogin === undefined || people.some(({ id }) => id === autoLogin),
    'autoLogin must be the id of a person'
  )
  requireThat(areDistinct(clients.map(({ clientId }) => clientId)), 'clients must each have a clientId of their own')
  return { ...options, profileName, clients, people, autoLogin }
}

function requireThat(holds: boolean, fault: string): void {
  if (!holds) throw new o.RegistrationError(NAME, fault)
}

function areDistinct(texts: readonly string[]): boolean {
  return new Set(texts).size === texts.length
}
