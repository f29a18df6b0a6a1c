import { isDeepStrictEqual } from 'node:util'
import {
  type IssuerLog,
  type IssuerMetadata,
  issuerMetadata,
  type RemoteKeySet,
  remoteKeySet,
  signatureAlgorithms
} from '@latchkey/issuer'
import { withTimeout } from '@latchkey/promises'
import { bootEngine, type StartEngine } from './engine.ts'
import { LoginError } from '../errors.ts'
import type { Provider, ProviderEndpoints } from '../providers/provider.ts'
import { type TokenClient, tokenClient } from './token-client.ts'
import { upstreamFailure } from './upstream-failure.ts'

/** The endpoints of a provider, and its support for RFC 9207. */
export interface ProviderMetadata extends ProviderEndpoints {
  /** Whether each authorization response of the provider contains its issuer (RFC 9207). */
  readonly namesIssuer: boolean
}

/** This application as a client of one provider. Nothing is fetched before it is needed. */
export interface RelyingParty {
  readonly provider: Provider
  /** The URL that this provider, and no other, redirects the browser to. */
  readonly redirectUri: string
  /** @throws LoginError when the provider cannot be asked, or its metadata cannot be used */
  readonly metadata: () => Promise<ProviderMetadata>
  /** @throws LoginError as above */
  readonly client: () => Promise<TokenClient>
  /** The keys of its ID tokens. */
  readonly keys: RemoteKeySet
  /**
   * Prepares as much as the options allow: the client, or only its server if the endpoints or the secret are not known yet.
   * Does not reject: `client()` throws the error.
   */
  readonly prepare: () => Promise<void>
}

const SECRET_TIMEOUT = 5000

interface Made {
  readonly secret: string
  readonly metadata: ProviderMetadata
  readonly client: Promise<TokenClient>
}

export function relyingParty(provider: Provider, redirectUri: string, log: IssuerLog): RelyingParty {
  const metadata = metadataOf(provider, log)
  const keys = remoteKeySet(jwksUri, { algorithms: [...signatureAlgorithms.keys()], log })
  const { clientSecret } = provider
  let booted: Promise<StartEngine> | null = null
  let made: Made | null = null
  return Object.freeze({ provider, redirectUri, metadata, client, keys, prepare })

  async function client(): Promise<TokenClient> {
    const known = await metadata()
    const secret =
      typeof clientSecret === 'function'
        ? await withTimeout(SECRET_TIMEOUT, async () => clientSecret(), lateSecret)
        : clientSecret
    if (made?.secret !== secret || made.metadata !== known) {
      const mine = { secret, metadata: known, client: tokenClient(provider, secret, known, boot()) }
      made = mine
      booted = null
      // The next login tries again.
      mine.client.catch(() => {
        if (made === mine) made = null
      })
    }
    return made.client
  }

  async function prepare(): Promise<void> {
    if (made !== null) return // a login was faster
    const isKnown = provider.endpoints !== undefined && typeof clientSecret === 'string'
    await (isKnown ? client() : boot()).catch(() => {})
  }

  /** The server for the next client. */
  function boot(): Promise<StartEngine> {
    if (booted === null) {
      booted = bootEngine()
      // The client that gets it throws the error. The next client tries again.
      booted.catch(() => {
        booted = null
      })
    }
    return booted
  }

  async function jwksUri(): Promise<string> {
    const { jwks } = await metadata()
    if (jwks === undefined) throw new LoginError('provider_error', { cause: 'the provider publishes no keys' })
    return jwks
  }
}

function lateSecret(): LoginError {
  return new LoginError('server_error', { cause: 'clientSecret took too long' })
}

function metadataOf({ issuer, endpoints }: Provider, log: IssuerLog): () => Promise<ProviderMetadata> {
  if (endpoints !== undefined) {
    const known = Object.freeze({ ...endpoints, namesIssuer: false })
    return async () => known
  }
  const published = issuerMetadata(String(issuer), { form: 'oidc', log }) // one of the two is set
  let read: { readonly from: object; readonly metadata: ProviderMetadata } | null = null
  return async () => {
    const from = await published.get().catch(upstreamFailure)
    if (read?.from === from) return read.metadata
    const discovered = readDiscovered(from)
    // A client is made for one metadata object. If a new document has the same content, the earlier object is kept.
    const metadata = read !== null && isDeepStrictEqual(read.metadata, discovered) ? read.metadata : discovered
    read = { from, metadata }
    return metadata
  }
}

function readDiscovered(document: IssuerMetadata): ProviderMetadata {
  const { authorization_endpoint: authorization, token_endpoint: token } = document
  if (authorization === undefined || token === undefined) {
    throw new LoginError('provider_error', { cause: 'the metadata lacks authorization_endpoint or token_endpoint' })
  }
  const methods = document['code_challenge_methods_supported']
  if (Array.isArray(methods) && !methods.includes('S256')) {
    throw new LoginError('provider_error', { cause: 'the provider does not support the PKCE method S256' })
  }
  return Object.freeze({
    authorization,
    token,
    userinfo: document.userinfo_endpoint,
    revocation: document.revocation_endpoint,
    jwks: document.jwks_uri,
    endSession: document.end_session_endpoint,
    namesIssuer: document['authorization_response_iss_parameter_supported'] === true
  })
}
