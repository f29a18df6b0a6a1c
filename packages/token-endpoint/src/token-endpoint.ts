import type { JSONWebKeySet } from 'jose'
import type { AccessTokenRequest } from './tokens/access-tokens.ts'
import type { OAuthFlows } from '@latchkey/guard'
import type { FastifyInstance } from 'fastify'
import type { Client, FindClient } from './clients/client.ts'
import type { ClientEndpoint } from './endpoints/client-endpoint.ts'
import type { MetadataMember } from './endpoints/server-metadata.ts'
import type { Grant } from './grants/grant.ts'
import type { CreateThrottle } from '@latchkey/throttle'

/** The token endpoint of a context: `app.tokenEndpoint`. `@latchkey/bearer` accepts this object as a trusted issuer. */
export interface TokenEndpoint {
  readonly issuer: string
  readonly audience: string
  /** The resources that a request may name (RFC 8707), the default first. */
  readonly resources: readonly string[]
  /** The algorithms of the current keys, or of the keys that a key source can make. */
  readonly algorithms: readonly string[]
  /**
   * The public keys. Returns the same object until the keys change.
   *
   * @throws UnavailableError when there are no keys, because the store has not answered since the start
   */
  jwks(): JSONWebKeySet
  /**
   * Makes the next signing key now, before it is due. Like every new key, it is published for a while before it signs. Does
   * nothing when a key is already waiting to sign.
   *
   * @throws TypeError when the option `keys` is a list. The store's error when the store does not answer
   */
  rotateKeys(): Promise<void>
  /** The grant types that were added so far, `refresh_token` included. */
  readonly grantTypes: readonly string[]
  /**
   * Adds a grant type.
   *
   * @throws RegistrationError when there is a grant of this type
   */
  addGrant(grant: Grant): void
  /**
   * Adds members to the metadata (RFC 8414). They replace members of the same name, except the issuer, the endpoints of this
   * plugin and `jwks_uri`. For authors of plugins.
   *
   * @param members - called for each request of the metadata
   * @throws RegistrationError when the argument is not a function
   */
  addMetadata(members: () => Readonly<Record<string, MetadataMember>>): void
  /**
   * Adds flows to the `oauth2` security scheme of the OpenAPI document, before those of this plugin. For authors of plugins.
   *
   * @param flows - makes the flows, with the URL of the token endpoint as this server documents it
   * @throws RegistrationError when the argument is not a function
   */
  addFlows(flows: (tokenUrl: string) => OAuthFlows): void
  /**
   * Adds a function that is called for the clients that are unknown so far: those of the option `clients`, also disabled ones,
   * and those of earlier calls come first. It finds public clients only; a client with a secret is a server error. For authors of
   * plugins.
   *
   * @throws RegistrationError when the argument is not a function
   */
  addClients(findClient: FindClient): void
  /** Returns a client by its identifier; `undefined` if it is unknown or disabled. */
  findClient(clientId: string): Promise<Client | undefined>
  /**
   * Whether a client that `findClient()` returned comes from `addClients()`, and not from the option `clients`. For authors of
   * plugins.
   */
  isAddedClient(client: Client): boolean
  /**
   * Adds an endpoint for clients to a context: a form by POST, client authentication, the errors, throttles and headers of the
   * token endpoint. Does not affect other routes of the context. For authors of plugins.
   *
   * @example
   * ```ts
   * await app.tokenEndpoint.addClientEndpoint(app, { path: '/par', documentation: {}, statusCode: 201, answer })
   * ```
   * @throws RegistrationError for a wrong member; it names the member and the fix
   */
  addClientEndpoint(context: FastifyInstance, endpoint: ClientEndpoint): Promise<void>
  /**
   * Lets scripts of every origin call the token and revocation endpoints and those of `addClientEndpoint()`, and read the keys and
   * the metadata, without cookies (CORS). Does not open the introspection endpoint, which is for servers. Call it before the
   * server is ready. For authors of plugins.
   */
  openToOtherOrigins(): void
  /** Makes a throttle for a grant whose credentials can be guessed. The store keeps the counts. */
  readonly throttle: CreateThrottle
  /**
   * Signs an access token, for tests and for other ways to sign in. Does not issue a refresh token. Does not check whether the
   * client, the subject and the scopes exist.
   *
   * @example
   * ```ts
   * const token = await app.tokenEndpoint.issue({ subject: 'alice', clientId: 'cli', scopes: ['items:read'] })
   * ```
   * @throws RegistrationError for a member that is unknown or ill-typed; it names the member and the fix. TypeError when a
   * scope is not a scope token, when the subject of a user begins with `client:`, or when `claims` has a reserved name, is no plain
   * JSON or is too large
   */
  issue(request: AccessTokenRequest): Promise<string>
  /**
   * Whether an access token was revoked: by itself, with its sign-in, or with all tokens of its subject. Reads only memory.
   * `@latchkey/bearer` calls it. Does not verify the claims.
   *
   * @throws guard's UnavailableError when the store has not answered yet, or not for longer than `staleAfter`
   */
  readonly isRevoked: (claims: Readonly<Record<string, unknown>>) => boolean
  /**
   * Returns the time of a code that a grant exchanges for tokens later, such as an authorization code: pass it to `isRevoked` as
   * `iat`, with the subject as `sub`, before the exchange. It is later than the last revocation of the subject by any process, so
   * a code of a new login in the same second works. Seconds since the epoch. For authors of plugins.
   *
   * @throws the store's error (503)
   */
  readonly timeOfCode: (subject: string) => Promise<number>
  /**
   * Keeps each revocation in memory and in the store for at least this time. A plugin whose codes live longer than access tokens
   * calls it before the server is ready, in every process. For authors of plugins.
   *
   * @param seconds - the lifetime of the codes
   */
  readonly keepRevocations: (seconds: number) => void
  /**
   * Revokes the refresh tokens and access tokens of one sign-in, also if they are being issued. Resolves when the revocation is
   * stored and in force in this process. When it rejects, the revocation may be partly done: call it again.
   *
   * @param familyId - the `familyId` that a grant chose, or the part of an access token's `jti` before the dot
   * @throws TypeError for a text that cannot be a `familyId`
   */
  readonly revokeFamily: (familyId: string) => Promise<void>
  /**
   * Revokes all refresh tokens and access tokens that a subject was issued up to now, at every client. Authorization codes and
   * device codes that were issued or allowed up to now are refused. Does not end sessions: `app.guard.revokeAll()` does, and
   * calls this too. Call it after a change of password, to log out everywhere, or when a user is disabled. Call it after that
   * change is stored. Resolves when the revocation is stored and in force in this process. When it rejects, the revocation may
   * be partly done: call it again.
   */
  readonly revokeAll: (subject: string) => Promise<void>
}
