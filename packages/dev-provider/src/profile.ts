import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import type { Endpoint, Endpoints } from './endpoints.ts'
import type { Middleware } from './middleware.ts'
import type { Person } from './person.ts'
import type { ProfileName } from './profile-name.ts'
import type { Store } from './store.ts'

/** What a profile's own routes work with. */
export interface Surroundings {
  readonly issuer: string
  readonly people: readonly Person[]
  readonly store: Store
}

/** What a profile does in one instance. */
export interface Behaviour {
  /** What differs from plain OpenID Connect in the configuration of oidc-provider. */
  readonly configuration: Configuration
  /** The routes that oidc-provider does not have. */
  readonly routes: readonly Middleware[]
  /** Hears of every authorization code. */
  authorized?(ctx: KoaContextWithOIDC, code: string): void
  /** Brings the answer of the token endpoint into the provider's form. */
  tokenAnswer?(answer: Record<string, unknown>, grantType: unknown): void
}

/** A provider as data: its paths, its people and its habits. */
export interface Profile {
  readonly name: ProfileName
  /** What people call it. */
  readonly title: string
  /** The path of each endpoint. */
  readonly paths: Readonly<Record<Exclude<Endpoint, 'logout'>, string>> & { readonly logout?: string }
  /** Other paths that an endpoint answers at, and the path that they stand for. */
  readonly aliases: Readonly<Record<string, string>>
  /** Paths of the profile's own routes that faults at `userinfo` hold for as well. */
  readonly userinfoPaths: readonly string[]
  readonly people: readonly Person[]
  /** Whether the picking page is shown although somebody is signed in already; `prompt=none` goes without it. */
  readonly asksEveryTime: boolean
  /** What the function of `@latchkey/login` that has the profile's name needs beside the client. */
  registration(issuer: string): Readonly<Record<string, string>>
  /** All that the profile can say of a person. */
  claims(person: Person, issuer: string): Record<string, unknown>
  /** The metadata documents, by path. Default: those of oidc-provider. */
  metadata?(issuer: string): Readonly<Record<string, object>>
  behaviour(surroundings: Surroundings): Behaviour
}

/** The addresses of a profile's endpoints at one issuer. */
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
