import { type ClientMetadata, Provider } from 'oidc-provider'
import type { JWK } from 'jose'
import type { DevClient } from './client.ts'
import { isLoopbackUri } from './loopback.ts'
import { errorPage, signedOutPage, signOutPage } from './pages/engine-pages.ts'
import { type Person, subjectOf } from './person.ts'
import { policy } from './policy.ts'
import type { Behaviour, Profile } from './profile.ts'
import type { Store } from './store.ts'

const HOUR = 3600
const MONTH = 30 * 24 * HOUR

/** The parts of an oidc-provider. */
interface Parts {
  readonly issuer: string
  readonly profile: Profile
  readonly behaviour: Behaviour
  readonly people: readonly Person[]
  readonly clients: readonly DevClient[]
  readonly store: Store
  readonly signingKey: JWK
  readonly cookieKey: string
}

/**
 * Creates an oidc-provider that imitates a profile. Its key is fixed: for another key, create a new one over the same store.
 */
export function createEngine(parts: Parts): Provider {
  const { issuer, profile, behaviour, people, clients, store, signingKey, cookieKey } = parts
  const { paths } = profile
  // Cookies do not depend on the port. Without it in their names, instances side by side would overwrite each other's cookies.
  const prefix = `dev-${profile.name}-${new URL(issuer).port}`
  const provider = new Provider(issuer, {
    adapter: (model) => store.adapter(model),
    clients: clients.map(metadata),
    clientBasedCORS: (_ctx, origin) => isLoopbackUri(origin),
    conformIdTokenClaims: false,
    cookies: {
      keys: [cookieKey],
      names: { session: `${prefix}-session`, interaction: `${prefix}-interaction`, resume: `${prefix}-resume` }
    },
    features: {
      backchannelLogout: { enabled: profile.name === 'oidc' },
      devInteractions: { enabled: false },
      resourceIndicators: { enabled: false },
      revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
      rpInitiatedLogout: {
        enabled: paths.logout !== undefined,
        logoutSource: signOutPage,
        postLogoutSuccessSource: signedOutPage
      }
    },
    // The dispatcher refuses loopback addresses, and all addresses here are loopback addresses.
    fetch: (input, { dispatcher: _refuses, ...init } = {}) => fetch(input, init),
    findAccount: (_ctx, subject) => {
      const person = people.find((each) => subjectOf(each) === subject)
      return person && { accountId: subject, claims: () => ({ sub: subject, ...profile.claims(person, issuer) }) }
    },
    interactions: { policy: policy(profile.asksEveryTime), url: (_ctx, { uid }) => `/interaction/${uid}` },
    jwks: { keys: [{ ...signingKey }] },
    pkce: { required: () => false },
    renderError: errorPage,
    routes: {
      authorization: paths.authorization,
      token: paths.token,
      userinfo: paths.userinfo,
      revocation: paths.revocation,
      jwks: paths.jwks,
      end_session: paths.logout ?? '/session/end'
    },
    ...behaviour.configuration,
    ttl: {
      AccessToken: HOUR,
      AuthorizationCode: 10 * 60,
      Grant: MONTH,
      IdToken: HOUR,
      Interaction: HOUR,
      RefreshToken: MONTH,
      Session: MONTH,
      ...behaviour.configuration.ttl
    }
  })
  allowLoopback(provider, clients)
  provider.on('authorization.success', (ctx, response) => {
    if (typeof response?.['code'] === 'string') behaviour.authorized?.(ctx, response['code'])
  })
  return provider
}

// Both ways to send the secret work: oidc-provider also accepts it in the form with this method.
function metadata(client: DevClient): ClientMetadata {
  return {
    client_id: client.clientId,
    client_secret: client.clientSecret,
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [...(client.redirectUris ?? ['http://localhost/'])],
    post_logout_redirect_uris: [...(client.postLogoutRedirectUris ?? [])],
    ...(client.backchannelLogoutUri === undefined
      ? {}
      : { backchannel_logout_uri: client.backchannelLogoutUri, backchannel_logout_session_required: true })
  }
}

// A client without a list may use any loopback address. oidc-provider documents these methods for that purpose.
function allowLoopback({ Client }: Provider, clients: readonly DevClient[]): void {
  const allows = (list: 'redirectUris' | 'postLogoutRedirectUris') =>
    function (this: { readonly clientId: string }, uri: string): boolean {
      const client = clients.find(({ clientId }) => clientId === this.clientId)
      return client?.[list]?.includes(uri) ?? isLoopbackUri(uri)
    }
  Client.prototype.redirectUriAllowed = allows('redirectUris')
  Client.prototype.postLogoutRedirectUriAllowed = allows('postLogoutRedirectUris')
}
