import { type DevClient, defaultClient, isLoopbackUri } from './client.ts'
import type { FaultName, FaultSettings } from './faults/settings.ts'
import { OptionError } from './option-error.ts'
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
   * @deprecated anybody who can reach the provider can log in as any person
   */
  insecureAllowProduction?: boolean | undefined
}

/** @throws OptionError naming the option and the fix */
export function checkOptions(options: DevProviderOptions): {
  readonly profileName: ProfileName
  readonly port: number
  readonly clients: readonly [DevClient, ...DevClient[]]
  readonly people: readonly Person[]
  readonly autoLogin: string | undefined
} {
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw new OptionError(name, `does not exist: the options are ${[...NAMES].join(', ')}`)
  }
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the tag is for applications that set it
  if (process.env['NODE_ENV'] === 'production' && options.insecureAllowProduction !== true) {
    throw new OptionError(
      'insecureAllowProduction',
      'must be true if NODE_ENV is production, because anybody can log in as any person'
    )
  }
  const { profile: profileName = 'oidc', port = 0, autoLogin } = options
  requireThat('profile', 'must be discord, google or oidc', Object.hasOwn(profiles, profileName))
  requireThat(
    'port',
    'must be a port from 0 to 65535; 0 is any free port',
    Number.isInteger(port) && port >= 0 && port <= 65_535
  )
  const { people = profiles[profileName].people } = options
  requireThat('people', 'must be a list of at least one person', people.length > 0)
  requireThat(
    'people',
    'must each have an id of letters, digits, - and _',
    people.every(({ id }) => /^[\w-]+$/.test(id))
  )
  requireThat('people', 'must each have an id and a subject of their own', areDistinct(people))
  requireThat(
    'autoLogin',
    'must be the id of a person',
    autoLogin === undefined || people.some(({ id }) => id === autoLogin)
  )
  const [client = defaultClient, ...others] = options.clients ?? []
  const clients = [client, ...others] as const
  requireThat(
    'clients',
    'must each have a clientId and a clientSecret of [A-Za-z0-9._~-]',
    clients.every(hasCredentials)
  )
  requireThat(
    'clients',
    'must each have a clientId of their own',
    new Set(clients.map((each) => each.clientId)).size === clients.length
  )
  requireThat(
    'clients',
    'must have loopback URIs only, as http://localhost:3000/callback',
    clients.flatMap(urisOf).every(isLoopbackUri)
  )
  return { profileName, port, clients, people, autoLogin }
}

const NAMES = new Set(['profile', 'port', 'clients', 'people', 'faults', 'autoLogin', 'insecureAllowProduction'])

function requireThat(option: string, requirement: string, holds: boolean): void {
  if (!holds) throw new OptionError(option, requirement)
}

function areDistinct(people: readonly Person[]): boolean {
  return [people.map(({ id }) => id), people.map(subjectOf)].every((all) => new Set(all).size === people.length)
}

// So HTTP Basic has the same value for clients that encode their credentials and for clients that do not.
function hasCredentials({ clientId, clientSecret }: DevClient): boolean {
  return [clientId, clientSecret].every((text) => /^[\w.~-]+$/.test(text))
}

function urisOf({ redirectUris = [], postLogoutRedirectUris = [], backchannelLogoutUri }: DevClient): string[] {
  const uris = [...redirectUris, ...postLogoutRedirectUris]
  return backchannelLogoutUri === undefined ? uris : [...uris, backchannelLogoutUri]
}
