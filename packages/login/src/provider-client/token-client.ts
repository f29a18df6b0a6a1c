import type { FastifyOAuth2Options } from '@fastify/oauth2'
import { tellOfTlsFailure } from '@latchkey/issuer'
import { withTimeout } from '@latchkey/promises'
import type { EngineToken, StartEngine } from './engine.ts'
import { LoginError } from '../errors.ts'
import { exchangeFailure } from './exchange-failure.ts'
import type { Claims, Provider, ProviderEndpoints } from '../providers/provider.ts'
import { jsonObject } from './token-answer.ts'

/** The parameters of an authorization request. */
export type AuthorizationParameters = Readonly<Record<string, string>>

/** The values that are sent to the token endpoint with a code. */
export interface CodeExchange {
  readonly code: string
  readonly redirectUri: string
  readonly codeVerifier: string
}

/** The authorization and token endpoints, for a client. The answers are the provider's JSON objects, unchanged. */
export interface TokenClient {
  readonly authorizationUrl: (parameters: AuthorizationParameters) => string
  /** @throws LoginError */
  readonly exchange: (exchange: CodeExchange) => Promise<Claims>
  /** @throws LoginError */
  readonly refresh: (refreshToken: string) => Promise<Claims>
  /** @throws LoginError */
  readonly revoke: (token: string, type: 'access_token' | 'refresh_token') => Promise<void>
}

const TIMEOUT = 5000
const MOST_BYTES = 64 * 1024

/**
 * Creates the client of one provider, with `@fastify/oauth2` as its engine. The engine has its own server, since the endpoints
 * may become known long after the application's server has started.
 *
 * @param booted - the server, for this client alone
 */
export async function tokenClient(
  provider: Pick<Provider, 'clientId' | 'clientAuthentication' | 'tokenResponse'>,
  secret: string,
  endpoints: ProviderEndpoints,
  booted: Promise<StartEngine>
): Promise<TokenClient> {
  const { clientId, clientAuthentication } = provider
  const { authorization, token, revocation = token } = endpoints
  const options = {
    name: 'provider',
    // Never used: each request sets its own redirect URI.
    callbackUri: 'https://callback.invalid',
    userAgent: 'latchkey',
    credentials: {
      client: { id: clientId, secret },
      auth: {
        tokenHost: new URL(token).origin,
        tokenPath: token,
        authorizeHost: new URL(authorization).origin,
        authorizePath: authorization,
        revokePath: revocation
      },
      options: { authorizationMethod: clientAuthentication === 'client_secret_post' ? 'body' : 'header' },
      // Not parsed there: some providers send JSON as text/plain, or with a byte order mark.
      http: { timeout: TIMEOUT, maxBytes: MOST_BYTES, redirects: 0, json: false, rejectUnauthorized: true }
    }
  } satisfies FastifyOAuth2Options
  const startEngine = await booted
  const { oauth2: engine } = await startEngine(options)

  return Object.freeze({
    authorizationUrl: (parameters) => engine.authorizeURL(parameters),

    exchange: ({ code, redirectUri, codeVerifier }) =>
      limited(token, async () => {
        const parameters = { code, redirect_uri: redirectUri, code_verifier: codeVerifier }
        return answerIn(await engine.getToken(parameters))
      }),

    refresh: (refreshToken) =>
      limited(token, async () => answerIn(await engine.createToken({ refresh_token: refreshToken }).refresh())),

    revoke: (value, type) =>
      limited(revocation, async () => {
        await engine.createToken({ [type]: value }).revoke(type)
      })
  } satisfies TokenClient)

  // The engine restarts its own time limit with the body; this limit is for the whole call.
  function limited<Answer>(url: string, call: () => Promise<Answer>): Promise<Answer> {
    return withTimeout(
      TIMEOUT,
      () =>
        call().catch((thrown: unknown) => {
          tellOfTlsFailure(url, (thrown as { code?: unknown }).code) // the engine throws errors
          return exchangeFailure(thrown, provider)
        }),
      () => new LoginError('provider_timeout')
    )
  }
}

function answerIn({ token }: EngineToken): Claims {
  const bytes = Object.entries(token).flatMap(([name, byte]) => (/^\d+$/.test(name) ? [Number(byte)] : []))
  const answer = jsonObject(Uint8Array.from(bytes))
  if (answer === null) throw new LoginError('provider_error', { cause: 'the token endpoint returned no JSON object' })
  return answer
}
