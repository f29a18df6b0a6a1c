import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretBasic,
  Configuration,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState
} from 'openid-client'
import { type DevProvider, devProvider, type DevProviderOptions } from '@latchkey/dev-provider'

export const REDIRECT_URI = 'http://localhost:3000/callback'

/** A provider that is closed when the test ends. */
export async function provider(
  t: { teardown(end: () => Promise<void>): void },
  options?: DevProviderOptions
): Promise<DevProvider> {
  const started = await devProvider(options)
  t.teardown(() => started.close())
  return started
}

/** openid-client, configured from the provider's metadata. */
export async function relyingParty(
  { issuer, clientId, clientSecret }: DevProvider,
  algorithm: 'oidc' | 'oauth2' = 'oidc',
  authentication: (secret: string) => ReturnType<typeof ClientSecretBasic> = ClientSecretBasic
): Promise<Configuration> {
  return discovery(new URL(issuer), clientId, clientSecret, authentication(clientSecret), {
    algorithm,
    execute: [allowInsecureRequests]
  })
}

/** The values that the client keeps between the two halves of a login. */
export interface Login {
  readonly url: URL
  /** Exchanges the code, after all checks of openid-client. */
  finish(callback: URL): ReturnType<typeof authorizationCodeGrant>
}

/** Begins a login with state, nonce and PKCE. */
export async function startLogin(
  config: Configuration,
  scope: string,
  parameters: Record<string, string> = {}
): Promise<Login> {
  const [pkceCodeVerifier, expectedState, nonce] = [randomPKCECodeVerifier(), randomState(), randomNonce()]
  const openid = scope.split(' ').includes('openid')
  const url = buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope,
    state: expectedState,
    code_challenge: await calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...(openid && { nonce }),
    ...parameters
  })
  return {
    url,
    finish: async (callback) =>
      authorizationCodeGrant(config, callback, {
        pkceCodeVerifier,
        expectedState,
        ...(openid && { expectedNonce: nonce, idTokenExpected: true })
      })
  }
}

/** Runs a whole login as one person. */
export async function logIn(
  provider: DevProvider,
  config: Configuration,
  person: string,
  scope: string,
  parameters?: Record<string, string>
): ReturnType<typeof authorizationCodeGrant> {
  const { url, finish } = await startLogin(config, scope, parameters)
  return finish(await provider.authorize(url, person))
}

/** Returns the error that a promise rejects with, as an object to match in part. */
export async function rejection(promise: Promise<unknown>): Promise<object> {
  return promise.then(
    () => ({ message: 'It did not reject' }),
    (error: unknown) => error as object
  )
}

/** The JSON of an answer. */
export async function json(response: Response | Promise<Response>): Promise<Record<string, unknown>> {
  return (await response).json() as Promise<Record<string, unknown>>
}
