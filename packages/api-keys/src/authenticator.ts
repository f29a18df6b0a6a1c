import { type Authentication, type Authenticator, correlationId, InvalidTokenError } from '@latchkey/guard'
import { type RequestCredentials, tell } from '@latchkey/guard/plugin'
import type { FastifyRequest } from 'fastify'
import { keyInBearer, keyInHeader } from './credentials.ts'
import { type ApiKeyEvent, apiKeyChannel, type ApiKeyRefusal } from './events.ts'
import { type ApiKeyInfo, isExpired } from './key-info.ts'
import type { KeyLookup } from './key-lookup.ts'
import type { KeyMemory, Verdict } from './key-memory.ts'
import { keyId, type KeyTexts } from './key-text.ts'
import type { LastUse } from './last-use.ts'

/** The name of the authenticator: `principal.scheme`. */
export const SCHEME = 'apiKey'

/** The settings and dependencies of the authenticator. */
export interface AuthenticatorDependencies {
  readonly prefix: string
  readonly location: 'header' | 'bearer'
  readonly header: string
  readonly texts: KeyTexts
  readonly memory: KeyMemory
  readonly lookup: KeyLookup
  readonly lastUse: LastUse
  readonly current: RequestCredentials<ApiKeyInfo>
  readonly seconds: () => number
}

/** The guard's authenticator for API keys. A key that is remembered is accepted without a promise. */
export function apiKeyAuthenticator(dependencies: AuthenticatorDependencies): Authenticator {
  const { prefix, location, header, texts, memory, lookup, lastUse, current, seconds } = dependencies
  const isBearer = location === 'bearer'
  const read = isBearer ? keyInBearer(prefix) : keyInHeader(header)

  return Object.freeze({
    scheme: SCHEME,
    ambient: false,
    specific: isBearer,
    header: isBearer ? 'Authorization' : header,
    secretPattern: new RegExp(`${prefix}_[0-9A-Za-z]{8,}`),
    ...(isBearer ? IN_BEARER : inHeader(header, prefix)),
    authenticate(request) {
      const text = read(request)
      if (text === null) return null
      if (!texts.isWellFormed(text)) return refuse('malformed')
      const id = keyId(text)
      const remembered = memory.recall(id)
      if (remembered !== null) return settle(request, id, remembered)
      return lookup.find(id, request).then((verdict) => settle(request, id, verdict))
    }
  } satisfies Authenticator)

  function settle(request: FastifyRequest, id: string, verdict: Verdict): Authentication | InvalidTokenError {
    if (!verdict.isKey) return refuse(verdict.code, verdict.subject, id)
    const { info, authentication } = verdict
    if (isExpired(info, seconds())) return refuse('expired', info.subject, id)
    current.remember(request, info)
    lastUse.note(info, request.log)
    return authentication
  }
}

/** The same answer for each kind of refusal. The reason is in the log and in the event. */
function refuse(code: ApiKeyRefusal, subject: string | null = null, id?: string): InvalidTokenError {
  if (apiKeyChannel.hasSubscribers) {
    const key = id === undefined ? null : correlationId(id)
    const refused = { kind: 'refused', code, subject, key } satisfies ApiKeyEvent
    tell(apiKeyChannel, refused)
  }
  return new InvalidTokenError('The API key is not valid', { cause: REASONS[code] })
}

const REASONS: Readonly<Record<ApiKeyRefusal, string>> = {
  malformed: 'its form or its checksum is wrong',
  unknown: 'it was never created, or it was revoked',
  expired: 'it has expired'
}

type Presented = Pick<Authenticator, 'challenge' | 'challengeParameters' | 'securitySchemes'>

const IN_BEARER: Presented = {
  challenge: 'Bearer',
  securitySchemes: {
    apiKey: { type: 'http', scheme: 'bearer', description: 'An API key in the Authorization header.' }
  }
}

// RFC 9110 §11.6.1 requires a challenge. The scheme ApiKey is not registered; it tells a client that a token does not help.
function inHeader(header: string, prefix: string): Presented {
  return {
    challenge: 'ApiKey',
    challengeParameters: { realm: prefix },
    securitySchemes: { apiKey: { type: 'apiKey', in: 'header', name: header, description: 'An API key.' } }
  }
}
