import { unescape } from 'node:querystring'
import type { FastifyRequest } from 'fastify'
import { formOf } from './form.ts'

// Of this server's grants and those of other RFCs. A name too: people type their password where it goes. No others, or
// whoever sends a request chooses what the log does not say.
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
// Shorter values of cookies prove nothing, and are words such as "dark".
const SHORTEST_COOKIE = 16

/** What of a request must not be repeated: the credentials and tokens in its body and its headers, each as it may be quoted. */
export function secretsOf(request: FastifyRequest): string[] {
  const { authorization = '', cookie = '', dpop } = request.headers
  const sent = [...formOf(request).parameters].filter(([name]) => SECRET.has(name)).map(([, value]) => value)
  return [...sent, ...inAuthorization(authorization), ...inCookies(cookie), ...[dpop ?? []].flat()]
}

// Looser than what authenticates a client: what is refused is a secret all the same.
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
