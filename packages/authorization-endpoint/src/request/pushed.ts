import { randomBytes } from 'node:crypto'
import type { RecordStore } from '@latchkey/store'
import { type ClientEndpoint, type ClientRequest, TokenError, type TokenErrorCode } from '@latchkey/token-endpoint'
import { AuthorizationError } from '../errors.ts'
import { findLive, secretKey } from '../records.ts'
import type { AuthorizationRequest } from './request-checks.ts'

const KIND = 'pushed-request'

/** The beginning of every `request_uri` of this server. */
const PREFIX = 'urn:ietf:params:oauth:request_uri:'

/** How long a pushed request can be used, in seconds. */
const LIFETIME = 60

/** Keeps pushed authorization requests. */
export interface PushedRequests {
  /** Returns the `request_uri`. */
  keep(request: AuthorizationRequest): Promise<{ readonly request_uri: string; readonly expires_in: number }>
  /** Takes a request, so that its URI is used once. `null` for a URI that is unknown, used, expired or of another client. */
  take(requestUri: string, clientId: string): Promise<AuthorizationRequest | null>
}

/**
 * The pushed requests of a server, in its store.
 *
 * @see [RFC 9126 §4](https://www.rfc-editor.org/rfc/rfc9126#section-4)
 */
export function pushedRequests(records: RecordStore, seconds: () => number): PushedRequests {
  return {
    async keep(request) {
      const requestUri = PREFIX + randomBytes(32).toString('base64url')
      const content = JSON.stringify(request)
      await records.create({ ...secretKey(KIND, requestUri), owner: null, content, expiresAt: seconds() + LIFETIME })
      return { request_uri: requestUri, expires_in: LIFETIME }
    },
    async take(requestUri, clientId) {
      if (!requestUri.startsWith(PREFIX)) return null
      const stored = await findLive<AuthorizationRequest>(records, secretKey(KIND, requestUri), seconds)
      if (stored?.content.clientId !== clientId) return null
      return (await records.remove(stored.record)) ? stored.content : null
    }
  }
}

/**
 * The endpoint for pushed authorization requests. Its errors are those of the token endpoint.
 *
 * @param check - checks the parameters of a request of an authenticated client
 * @see [RFC 9126 §2](https://www.rfc-editor.org/rfc/rfc9126#section-2)
 */
export function pushedRequestEndpoint(
  path: string,
  requests: PushedRequests,
  check: (sent: ClientRequest) => Promise<AuthorizationRequest>
): ClientEndpoint {
  return {
    path,
    statusCode: 201,
    documentation: {
      tags: ['OAuth'],
      summary: 'Push an authorization request (RFC 9126)',
      consumes: ['application/x-www-form-urlencoded']
    },
    async answer(sent) {
      if (sent.parameters.has('request_uri')) throw new TokenError('invalid_request', 'request_uri must not be pushed')
      try {
        return await requests.keep(await check(sent))
      } catch (error) {
        throw error instanceof AuthorizationError ? tokenErrorFor(error) : error
      }
    }
  }
}

const CODES: readonly string[] = ['unauthorized_client', 'invalid_scope', 'invalid_target'] satisfies TokenErrorCode[]

/** Returns the error of the token endpoint for an error of the authorization endpoint. */
export function tokenErrorFor({ error, message }: AuthorizationError): TokenError {
  return new TokenError(CODES.includes(error) ? (error as TokenErrorCode) : 'invalid_request', message)
}
