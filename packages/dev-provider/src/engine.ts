import type { JWK } from 'jose'
import { errors, interactionPolicy, Provider } from 'oidc-provider'
import { type DevClient, isLoopbackUri } from './client.ts'
import { errorPage, signedOutPage, signOutPage } from './pages/engine.ts'
import { type Person, subjectOf } from './person.ts'
import type { Behaviour, Profile } from './profiles/profile.ts'
import { allowLoopback, clientMetadata } from './registered-clients.ts'
import type { Store } from './store.ts'

const { base, Check, Prompt } = interactionPolicy
const HOUR = 3600
const MONTH = 30 * 24 * HOUR

/** The dependencies of an oidc-provider. */
interface EngineDependencies {
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
export function createEngine(dependencies: EngineDependencies): Provider {
  const { issuer, profile, behaviour, people, clients, store, signingKey, cookieKey } = dependencies
  const { paths } = profile
  // Cookies do not depend on the port. Without it in their names, instances side by side would overwrite each other's cookies.
  const prefix = `dev-${profile.name}-${new URL(issuer).port}`
  const provider = new Provider(issuer, {
    adapter: (model) => store.adapter(model),
    clients: clients.map(clientMetadata),
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

// Decides when the picking page is shown.
function policy(asksEveryTime: boolean): interactionPolicy.DefaultPolicy {
  const prompts = base()
  prompts.add(
    new Prompt(
      { name: 'select_account', requestable: true },
      new Check('denied', 'the fault deny is on', ({ state }) => {
        if (state['isDenied'] === true) throw new errors.AccessDenied('The fault deny is on')
        return Check.NO_NEED_TO_PROMPT
      }),
      new Check('ask_again', 'the provider asks every time', 'interaction_required', ({ oidc }) => {
        return asksEveryTime && !oidc.result && !oidc.prompts.has('none')
      })
    ),
    0
  )
  return prompts
}
