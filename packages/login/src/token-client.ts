import oauth2, { type FastifyOAuth2Options, type OAuth2Namespace } from '@fastify/oauth2'
import Fastify from 'fastify'
import { LoginError } from './errors.ts'
import { exchangeFailure } from './exchange-failure.ts'
import type { Provider, ProviderEndpoints } from './provider.ts'

/** The parameters of an authorization request. */
export type AuthorizationParameters = Readonly<Record<string, string>>

/** What is sent to the token endpoint for tokens. */
export interface CodeExchange {
  readonly code: string
  readonly redirectUri: string
  readonly codeVerifier: string
}

/** The two endpoints of OAuth 2.0 as a client uses them. Answers of the provider come as they are. */
export interface TokenClient {
  authorizationUrl(parameters: AuthorizationParameters): string
  /** @throws LoginError */
  exchange(exchange: CodeExchange): Promise<unknown>
  /** @throws LoginError */
  refresh(refreshToken: string): Promise<unknown>
  /** @throws LoginError */
  revoke(token: string, type: 'access_token' | 'refresh_token'): Promise<void>
}

const TIMEOUT = 5000
const MOST_BYTES = 64 * 1024

/**
 * A client of one provider. `@fastify/oauth2` is its engine: it lives in a server of its own, which never listens, so that it
 * can be made when the endpoints are known, long after this server started.
 */
export async function tokenClient(
  { clientId, clientAuthentication }: Pick<Provider, 'clientId' | 'clientAuthentication'>,
  secret: string,
  endpoints: ProviderEndpoints
): Promise<TokenClient> {
  const { authorization, token, revocation } = endpoints
  const options = {
    name: 'provider',
    // Never used: each request says where it comes back to.
    callbackUri: 'https://callback.invalid',
    userAgent: 'latchkey',
    credentials: {
      client: { id: clientId, secret },
      auth: {
        tokenHost: new URL(token).origin,
        tokenPath: token,
        authorizeHost: new URL(authorization).origin,
        authorizePath: authorization,
        revokePath: revocation ?? token
      },
      options: { authorizationMethod: clientAuthentication === 'client_secret_post' ? 'body' : 'header' },
      // Revocations are answered without a body.
      http: { timeout: TIMEOUT, maxBytes: MOST_BYTES, redirects: 0, json: true, rejectUnauthorized: true }
    }
  } satisfies FastifyOAuth2Options
  const server = Fastify()
  await server.register(oauth2, options)
  await server.ready()
  const { oauth2: engine } = server.getDecorator<OAuth2Namespace>('provider')

  return Object.freeze({
    // The types of the engine know `scope` and `state` only.
    authorizationUrl: (parameters) => engine.authorizeURL(parameters as never),

    exchange: ({ code, redirectUri, codeVerifier }) =>
      limited(async () => {
        const parameters = { code, redirect_uri: redirectUri, code_verifier: codeVerifier }
        return (await engine.getToken(parameters as never)).token // as above
      }),

    refresh: (refreshToken) =>
      limited(async () => (await engine.createToken({ refresh_token: refreshToken }).refresh()).token),

    revoke: (value, type) => limited(async () => void (await engine.createToken({ [type]: value }).revoke(type)))
  } satisfies TokenClient)
}

/** The engine's own limit starts again with the body: this one is for the whole call. */
async function limited<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new LoginError('provider_timeout')), TIMEOUT)
  })
  try {
    return await Promise.race([call().catch(exchangeFailure), limit])
  } finally {
    clearTimeout(timer)
  }
}
