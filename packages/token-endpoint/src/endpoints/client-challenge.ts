import type { FastifyRequest } from 'fastify'
import { isUsed } from '../clients/client-password.ts'

const BASIC = 'Basic realm="token endpoint", charset="UTF-8"'
// The method's name in the metadata. It is not an HTTP scheme of any browser, so no browser opens a password dialog.
const IN_THE_BODY = 'client_secret_post realm="token endpoint"'

/**
 * The challenge for a client that did not authenticate. "If the client attempted to authenticate via the "Authorization"
 * request header field, the authorization server MUST respond with an HTTP 401 (Unauthorized) status code and include the
 * "WWW-Authenticate" response header field matching the authentication scheme used by the client." All others get 401 too (RFC
 * 7662 §2.3), and RFC 9110 §15.5.2 requires a challenge for it. They do not get `Basic`, because a browser opens a password
 * dialog over the page for it.
 *
 * Scripts in a page never get `Basic`, against that MUST: they would get the error only after the dialog is closed.
 *
 * @see [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)
 */
export function challengeOf({ headers }: FastifyRequest): string {
  return isUsed(headers.authorization) && !isOfScript(headers) ? BASIC : IN_THE_BODY
}

// Browsers send Sec-Fetch-Dest only to https and loopback hosts. Swagger UI and others send X-Requested-With everywhere.
function isOfScript(headers: FastifyRequest['headers']): boolean {
  return headers['sec-fetch-dest'] === 'empty' || headers['x-requested-with'] === 'XMLHttpRequest'
}
