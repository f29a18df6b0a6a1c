import { randomBytes } from 'node:crypto'
import { RegistrationError } from '@latchkey/options'
import type { Provider } from 'oidc-provider'
import { logOutEverywhere } from './back-channel.ts'
import { createEngine } from './engine.ts'
import { applyFaults } from './faults/apply.ts'
import { faultRoute } from './faults/route.ts'
import type { FaultName } from './faults/settings.ts'
import { type Faults, FaultSwitches } from './faults/switches.ts'
import { interaction } from './interaction.ts'
import { listen } from './listening.ts'
import { type DevProviderOptions, resolveOptions } from './options.ts'
import { homePage } from './pages/home.ts'
import { pictures } from './people.ts'
import { type Person, subjectOf } from './person.ts'
import { profiles } from './profiles/by-name.ts'
import type { Endpoints, ProfileName } from './profiles/endpoints.ts'
import { endpointsOf, registrationOf } from './profiles/profile.ts'
import { canonicalPaths, metadata, tokenAnswer } from './profiles/steps.ts'
import { ownHostOnly, securityHeaders } from './security.ts'
import { SigningKeys } from './signing-key.ts'
import { Store } from './store.ts'
import { walk } from './walk.ts'

/** A running provider. */
export interface DevProvider {
  /** The provider that it imitates. */
  readonly profile: ProfileName
  /** Its issuer identifier, which is its origin. */
  readonly issuer: string
  /** `http://127.0.0.1` and the port. */
  readonly origin: string
  /** The URLs of its endpoints. */
  readonly endpoints: Endpoints
  /** The client id of the first client. */
  readonly clientId: string
  /** The client secret of the first client. */
  readonly clientSecret: string
  /**
   * The expression for the option `providers` of `@latchkey/login`, with the first client: `discord({ baseUrl:
   * 'http://127.0.0.1:4000', clientId: 'latchkey', clientSecret: '...' })`.
   */
  readonly registration: string
  /** The people that a login can choose from. */
  readonly people: readonly Person[]
  /** Switches faults on and off. */
  readonly faults: Faults
  /**
   * Runs an authorization request to its end as the person with this `id`, over HTTP and with its own cookies. For tests
   * without a browser. Does not support `response_mode=form_post`.
   *
   * @returns the callback URL that a browser would be redirected to
   * @throws Error when the provider does not redirect there
   */
  authorize(authorizationUrl: string | URL, person: string): Promise<URL>
  /** Does the same with the button "Refuse". */
  refuse(authorizationUrl: string | URL): Promise<URL>
  /**
   * Ends the sessions of the person with this `id`, and sends logout tokens to the clients that have a `backchannelLogoutUri`.
   * Profile `oidc` only.
   *
   * @throws Error when a client does not answer 200 or 204
   * @see [OpenID Connect Back-Channel Logout](https://openid.net/specs/openid-connect-backchannel-1_0.html)
   */
  logOut(person: string): Promise<void>
  /** Makes a new signing key, in use from the next request on. The old key is removed from the key set. */
  rotateKeys(): Promise<void>
  /** Frees the port and closes all connections at once. */
  close(): Promise<void>
}

/**
 * Starts an imitation of Discord, Google or plain OpenID Connect on 127.0.0.1, with fictional people and without passwords.
 * Does not keep any data across a restart. Not for production.
 *
 * @throws RegistrationError naming the option and the fix; Error when the port is taken
 * @example
 * ```ts
 * const provider = await devProvider({ profile: 'discord' })
 * const login = discord({ baseUrl: provider.origin, clientId: provider.clientId, clientSecret: provider.clientSecret })
 * // ... register the login and run the test ...
 * await provider.close()
 * ```
 */
export async function devProvider(options: DevProviderOptions = {}): Promise<DevProvider> {
  const { profileName, port, clients, people, autoLogin, faults } = resolveOptions(options)
  const switches = new FaultSwitches()
  for (const [name, settings] of Object.entries(faults)) switches.set(name as FaultName, settings)
  const signingKeys = new SigningKeys()
  let signingKey = await signingKeys.next()

  const listening = await listen(port)
  const issuer = listening.origin
  const profile = profiles[profileName]
  const endpoints = endpointsOf(profile, issuer)
  const store = new Store()
  const behaviour = profile.behaviour({ issuer, people, store })
  const cookieKey = randomBytes(32).toString('base64url')
  const [client] = clients
  const registration = registrationOf(profile, client, issuer)
  const steps = [
    securityHeaders,
    ownHostOnly(issuer),
    canonicalPaths(profile),
    applyFaults(profile, switches, { store, signingKey: () => signingKey, rotateKeys }),
    tokenAnswer(profile, behaviour),
    homePage({ title: profile.title, endpoints: { issuer, ...endpoints }, client, registration, switches }),
    faultRoute(switches),
    pictures(people),
    metadata(profile, issuer),
    ...behaviour.routes,
    interaction({ profile, people, switches, autoLogin, provider: () => engine })
  ]
  let engine = start()
  let answer = engine.callback()
  listening.answer((request, response) => void answer(request, response))

  function start(): Provider {
    const started = createEngine({ issuer, profile, behaviour, people, clients, store, signingKey, cookieKey })
    for (const step of steps) started.use(step)
    return started
  }

  async function rotateKeys(): Promise<void> {
    signingKey = await signingKeys.next()
    engine = start()
    answer = engine.callback()
  }

  function personWith(id: string): Person {
    const person = people.find((each) => each.id === id)
    if (!person) {
      const ids = people.map((each) => each.id).join(', ')
      throw new RegistrationError('@latchkey/dev-provider', `argument "person" must be one of ${ids}`)
    }
    return person
  }

  return {
    profile: profileName,
    issuer,
    origin: issuer,
    endpoints,
    clientId: client.clientId,
    clientSecret: client.clientSecret,
    registration,
    people,
    faults: switches,
    authorize: async (url, person) => walk(issuer, url, { person: personWith(person).id }),
    refuse: async (url) => walk(issuer, url, { refuse: 'yes' }),
    logOut: async (person) => logOutEverywhere(engine, store, subjectOf(personWith(person))),
    rotateKeys,
    async close() {
      await listening.close()
      signingKeys.close()
    }
  }
}
