import { unescape } from 'node:querystring'
import type { FastifyRequest } from 'fastify'
import { formOf } from './form.ts'

// Parameters of this server's grants and of other RFCs. `username` too: people type passwords into it. A fixed list, so that a
// sender cannot blank the log.
const SECRET = new Set([
  'username',
  'password',
  'client_secret',
  'refresh_token',
  'token',
  'code',
  'code_verifier',
  'assertion', // RFC 7521
  'client_assertion',
  'subject_token', // RFC 8693
  'actor_token',
  'device_code' // RFC 8628
])
// Shorter cookie values are words such as "dark" and not credentials.
const SHORTEST_COOKIE = 16

/**
 * The texts of a request that must not be logged: credentials and tokens in its body and headers, in each form that may be
 * quoted.
 */
export function secretsOf(request: FastifyRequest): string[] {
  const { authorization = '', cookie = '', dpop } = request.headers
  const sent = [...formOf(request).parameters].filter(([name]) => SECRET.has(name)).map(([, value]) => value)
  return [...sent, ...inAuthorization(authorization), ...inCookies(cookie), ...[dpop ?? []].flat()]
}

// More tolerant than client authentication: a refused credential is still a secret.
function inAuthorization(authorization: string): string[] {
  const credentials = authorization.replace(/^\S+ +/, '')
  if (!/^basic /i.test(authorization)) return [authorization, credentials]
  const text = Buffer.from(credentials, 'base64').toString()
  const secret = text.slice(text.indexOf(':') + 1)
  return [authorization, credentials, text, secret, unescape(secret.replaceAll('+', ' '))]
}

function inCookies(cookie: string): string[] {
  const values = cookie.split(';').map((pair) => pair.slice(pair.indexOf('=') + 1).replaceAll(/^\s*"?|"?\s*$/g, ''))
  return [cookie, ...values.filter(({ length }) => length >= SHORTEST_COOKIE).flatMap((one) => [one, unescape(one)])]
}
