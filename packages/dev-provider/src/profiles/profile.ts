import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import type { DevClient } from '../client.ts'
import type { Middleware } from '../context.ts'
import type { Person } from '../person.ts'
import type { Store } from '../store.ts'
import type { Endpoint, Endpoints, ProfileName } from './endpoints.ts'

/** The data of one running provider. */
export interface Instance {
  readonly issuer: string
  readonly people: readonly Person[]
  readonly store: Store
}

/** The behaviour of a profile in one instance. */
export interface Behaviour {
  /** The differences from plain OpenID Connect in the configuration of oidc-provider. */
  readonly configuration: Configuration
  /** The routes that oidc-provider does not have. */
  readonly routes: readonly Middleware[]
  /** Is called for every authorization code. */
  authorized?(ctx: KoaContextWithOIDC, code: string): void
  /** Changes the answer of the token endpoint to the form of the real provider. */
  tokenAnswer?(answer: Record<string, unknown>, grantType: unknown): void
}

/** A provider as data: its paths, its people and its behaviour. */
export interface Profile {
  readonly name: ProfileName
  /** The name for display. */
  readonly title: string
  /** The path of each endpoint. */
  readonly paths: Readonly<Record<Exclude<Endpoint, 'logout'>, string>> & { readonly logout?: string }
  /** The alias paths of endpoints, each with the path that it stands for. */
  readonly aliases: Readonly<Record<string, string>>
  /** The paths of the profile's own routes that are also affected by faults at `userinfo`. */
  readonly userinfoPaths: readonly string[]
  readonly people: readonly Person[]
  /** Whether the picking page is shown even if a person is already signed in; with `prompt=none` it is not shown. */
  readonly asksEveryTime: boolean
  /** Returns the options that the profile's function in `@latchkey/login` needs besides the client. */
  registration(issuer: string): Readonly<Record<string, string>>
  /** Returns all claims about a person. */
  claims(person: Person, issuer: string): Record<string, unknown>
  /** Returns the metadata documents, by path. Default: those of oidc-provider. */
  metadata?(issuer: string): Readonly<Record<string, object>>
  behaviour(instance: Instance): Behaviour
}

/** Returns the URLs of a profile's endpoints at one issuer. */
export function endpointsOf({ paths, userinfoPaths: [userinfo = paths.userinfo] }: Profile, issuer: string): Endpoints {
  return {
    authorization: issuer + paths.authorization,
    token: issuer + paths.token,
    userinfo: issuer + userinfo,
    revocation: issuer + paths.revocation,
    jwks: issuer + paths.jwks,
    discovery: issuer + paths.discovery,
    ...(paths.logout === undefined ? {} : { logout: issuer + paths.logout })
  }
}

/**
 * Returns the expression for the option `providers` of `@latchkey/login` that logs in with a running provider, such as
 * `discord({ baseUrl: 'http://127.0.0.1:4000', clientId: 'latchkey', clientSecret: '...' })`.
 */
export function registrationOf(profile: Profile, { clientId, clientSecret }: DevClient, issuer: string): string {
  const members = Object.entries({ ...profile.registration(issuer), clientId, clientSecret })
  // Ids and secrets of clients consist of [A-Za-z0-9._~-], so nothing has to be escaped.
  return `${profile.name}({ ${members.map(([name, value]) => `${name}: '${value}'`).join(', ')} })`
}
