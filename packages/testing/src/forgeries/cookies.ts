import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { EncryptJWT } from 'jose'
import { signIn } from '../plugin.ts'
import type { TestPrincipal } from '../principal.ts'
import { type Forgery, part } from './forgery.ts'

/** The members of `app.sessions` that end a session. */
interface Sessions {
  list(subject: string): Promise<readonly { readonly id: string }[]>
  end(subject: string, id: string): Promise<boolean>
}

/** A real session cookie. */
export interface GenuineCookie {
  readonly name: string
  readonly value: string
}

/** Signs in, and returns the cookie. */
export async function genuineCookie(app: FastifyInstance, principal: TestPrincipal): Promise<GenuineCookie> {
  const [line = ''] = await signIn('assertRefusesForgeries()', app, principal)
  const [pair = ''] = line.split(';', 1)
  const at = pair.indexOf('=')
  return { name: pair.slice(0, at), value: pair.slice(at + 1) }
}

/** Session cookies that were made without the secrets of the server, or altered. */
export async function forgedCookies(
  app: FastifyInstance,
  { name, value }: GenuineCookie,
  principal: TestPrincipal
): Promise<readonly Forgery[]> {
  const content = { t: 'session', id: 'x', sub: principal.subject, iat: 0, auth_time: null, claims: {} }
  const ended = await endedCookie(app, principal)
  const values: readonly (readonly [string, string])[] = [
    ['an empty cookie', ''],
    ['garbage', 'garbage'],
    ['very long garbage', 'x'.repeat(3500)],
    ['the content as JSON', encodeURIComponent(JSON.stringify(content))],
    ['the content as base64url', part(content)],
    ['the content as an unsigned JWT', `${part({ alg: 'none' })}.${part(content)}.`],
    ['the content, encrypted with another key', await encrypted(content)],
    ['random bytes of the same length', randomBytes(value.length).toString('base64url').slice(0, value.length)],
    ['a truncated cookie', value.slice(0, -8)],
    ['a cookie with more behind it', `${value}AAAAAAAA`],
    ...[1, 2, 3].map(
      (quarter) => [`a changed character after ${quarter} of 4 parts`, changed(value, quarter / 4)] as const
    ),
    ['a session that has ended', ended]
  ]
  return [
    ...values.map(([title, forged]) => ({ name: `cookie: ${title}`, headers: { cookie: `${name}=${forged}` } })),
    { name: 'cookie: two cookies of one name', headers: { cookie: `${name}=${value}; ${name}=${value}` } },
    { name: 'cookie: another name', headers: { cookie: `x-${name}=${value}` } }
  ]
}

async function encrypted(content: Record<string, unknown>): Promise<string> {
  return new EncryptJWT(content).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(randomBytes(32))
}

async function endedCookie(app: FastifyInstance, principal: TestPrincipal): Promise<string> {
  const sessions = app.getDecorator<Sessions>('sessions')
  const before = new Set((await sessions.list(principal.subject)).map(({ id }) => id))
  const { value } = await genuineCookie(app, principal)
  for (const { id } of await sessions.list(principal.subject)) {
    if (!before.has(id)) await sessions.end(principal.subject, id)
  }
  return value
}

function changed(value: string, share: number): string {
  const at = Math.floor(value.length * share)
  const other = ['A', 'B'].find((letter) => letter !== value[at])
  return `${value.slice(0, at)}${String(other)}${value.slice(at + 1)}`
}
