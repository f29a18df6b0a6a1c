import { correlationId } from '@latchkey/guard'
import {
  type Grant,
  type Granted,
  requiredParameter,
  TokenError,
  type TokenEndpoint,
  type TokenRequest
} from '@latchkey/token-endpoint'
import { tellAuthorization } from '../events.ts'
import { verifiesChallenge } from '../pkce.ts'
import type { AuthorizationCodes, CodeContent, StoredCode } from './codes.ts'

export interface CodeGrantDependencies {
  readonly codes: AuthorizationCodes
  readonly tokenEndpoint: Pick<TokenEndpoint, 'isRevoked' | 'revokeFamily'>
  /** The store's time in seconds since the epoch. */
  readonly seconds: () => number
}

/**
 * The grant of the type `authorization_code`. A code is used once. A second use revokes the tokens that the first one got, also
 * if they are being issued at the moment.
 *
 * @see [RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3), [RFC 7636 §4.6](https://www.rfc-editor.org/rfc/rfc7636#section-4.6)
 */
export function codeGrant({ codes, tokenEndpoint, seconds }: CodeGrantDependencies): Grant {
  return { grantType: 'authorization_code', handle }

  async function handle(request: TokenRequest): Promise<Granted> {
    const { parameters } = request
    requireIdentified(request)
    const code = requiredParameter('code', parameters)
    const codeVerifier = requiredParameter('code_verifier', parameters)
    const stored = await codes.find(code)
    if (stored?.content.clientId !== request.client.clientId) throw refused()
    const { content } = stored
    checkRedirectUri(content, parameters.get('redirect_uri'))
    // A thief of a used code without the verifier cannot sign its owner out.
    if (!verifiesChallenge(codeVerifier, content.codeChallenge)) throw refused()
    if (content.isUsed) return replayed(content, request)
    if (seconds() >= content.expiresAt || isRevoked(content)) throw refused()
    const { subject, scopes, resources, authenticatedAt, familyId } = content
    const consume = async (): Promise<void> => use(code, stored, request)
    return { subject, scopes, defaultScopes: scopes, resources, authenticatedAt, familyId, consume }
  }

  async function use(code: string, stored: StoredCode, request: TokenRequest): Promise<void> {
    if (await codes.use(stored)) return
    // Another request used the code meanwhile, or its user withdrew the consent.
    if ((await codes.find(code)) === null) throw refused()
    return replayed(stored.content, request)
  }

  async function replayed({ familyId, clientId, subject }: CodeContent, { request }: TokenRequest): Promise<never> {
    tellAuthorization(
      { kind: 'code-reused', clientId, subject, family: correlationId(familyId) },
      { log: request.log, level: 'warn', message: 'A used authorization code was presented' }
    )
    await tokenEndpoint.revokeFamily(familyId)
    throw refused()
  }

  /** Whether the user, or the family, was revoked after the code was issued. */
  function isRevoked({ familyId, subject, issuedAt }: CodeContent): boolean {
    return tokenEndpoint.isRevoked({ jti: `${familyId}.code`, sub: subject, iat: issuedAt })
  }
}

// Other schemes are ignored. So is the text ":", which Swagger UI sends while its fields are blank.
const NAMES_A_CLIENT = /^basic +(?!Og==$)/i

/**
 * Refuses a public client that is taken for the default client. "REQUIRED, if the client is not authenticating": so that no
 * client accepts a code that was issued to another one.
 */
function requireIdentified({ client, parameters, request: { headers } }: TokenRequest): void {
  if (client.clientSecretHash === undefined && !NAMES_A_CLIENT.test(headers.authorization ?? '')) {
    requiredParameter('client_id', parameters)
  }
}

function checkRedirectUri({ redirectUri, namesRedirectUri }: CodeContent, sent: string | undefined): void {
  if (sent === redirectUri || (sent === undefined && !namesRedirectUri)) return
  if (sent === undefined) throw new TokenError('invalid_request', 'redirect_uri is missing')
  throw refused()
}

function refused(): TokenError {
  return new TokenError(
    'invalid_grant',
    'The authorization code is unknown, used, revoked or expired, or not for this request'
  )
}
