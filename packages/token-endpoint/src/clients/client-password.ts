import { headerValues } from '@latchkey/guard/plugin'
import type { FastifyRequest } from 'fastify'
import type { ClientAuthenticationMethod } from './directory.ts'
import { TokenError } from '../errors.ts'
import { formDecode } from '../form-decode.ts'

/** The identifier and the secret of a client, as a request sends them. */
export interface ClientPassword {
  readonly clientId: string | undefined
  readonly clientSecret: string | undefined
  /**
   * The secret without form-decoding, for clients that do not encode it, such as curl and Swagger UI. At most one of the two is
   * right. Default: there is no second reading.
   */
  readonly secretAsSent?: string
  readonly method: ClientAuthenticationMethod
}

/** The credentials of the scheme Basic. An empty secret counts as no secret. */
interface BasicCredentials {
  readonly clientId: string
  readonly clientSecret: string
  readonly secretAsSent: string
}

const BASIC = /^basic +([A-Za-z0-9+/]*={0,2})$/i

/**
 * Returns the identifier and the secret of a request: from its `Authorization` header, or from its body. `null` for a header of
 * the scheme Basic that is not well-formed.
 *
 * @throws TokenError `invalid_request` when the request names a client, or authenticates, in two ways
 * @see [RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)
 */
export function clientPasswordOf(
  request: FastifyRequest,
  parameters: ReadonlyMap<string, string>
): ClientPassword | null {
  const { authorization } = request.headers
  const clientId = parameters.get('client_id')
  const clientSecret = parameters.get('client_secret')
  const basic = isBasic(authorization) ? parseBasic(authorization) : undefined
  if (basic === null) return null
  if (headerValues(request, 'authorization').length > 1) throw twice()
  if (basic === undefined || isBlank(basic)) {
    if (clientId === undefined && clientSecret !== undefined) {
      throw new TokenError('invalid_request', 'client_id is missing')
    }
    return { clientId, clientSecret, method: clientSecret === undefined ? 'none' : 'client_secret_post' }
  }
  if (clientSecret !== undefined || (clientId !== undefined && clientId !== basic.clientId)) throw twice()
  if (basic.clientSecret === '') return { clientId: basic.clientId, clientSecret: undefined, method: 'none' }
  return { ...basic, method: 'client_secret_basic' }
}

/**
 * Whether a header authenticates a client. Swagger UI sends Basic with an empty name and password when its fields are blank.
 */
export function isUsed(authorization: string | undefined): boolean {
  if (!isBasic(authorization)) return false
  const basic = parseBasic(authorization)
  return basic === null || !isBlank(basic)
}

/**
 * Whether an `Authorization` header has the scheme `Basic`, well-formed or not. Other schemes do not authenticate a client:
 * HTTP libraries attach `Bearer` to every request.
 */
function isBasic(authorization: string | undefined): authorization is string {
  return authorization !== undefined && /^\s*basic(?!\S)/i.test(authorization)
}

/** Whether both the identifier and the secret are empty. */
function isBlank({ clientId, clientSecret }: BasicCredentials): boolean {
  return clientId === '' && clientSecret === ''
}

/**
 * Returns the client identifier and the secret of an `Authorization: Basic` header, each form-decoded. `null` for any other
 * header: another scheme, loose base64, no colon, bytes that are not UTF-8. A secret that cannot be form-decoded is returned as
 * it was sent.
 */
function parseBasic(authorization: string): BasicCredentials | null {
  const encoded = BASIC.exec(authorization)?.[1] ?? ''
  const bytes = Buffer.from(encoded, 'base64')
  if (encoded === '' || bytes.toString('base64') !== encoded) return null
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const colon = text.indexOf(':')
    if (colon === -1) return null
    const secretAsSent = text.slice(colon + 1)
    return { clientId: formDecode(text.slice(0, colon)), clientSecret: decodedSecret(secretAsSent), secretAsSent }
  } catch {
    return null
  }
}

function decodedSecret(sent: string): string {
  try {
    return formDecode(sent)
  } catch {
    return sent
  }
}

function twice(): TokenError {
  return new TokenError('invalid_request', 'The client must be named, and authenticate, in one way only')
}
