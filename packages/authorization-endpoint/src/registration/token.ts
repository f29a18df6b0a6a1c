import { timingSafeEqual } from 'node:crypto'
import { sha256 } from '@latchkey/guard/plugin'
import type { FastifyRequest } from 'fastify'

const BEARER = /^bearer +([\w.~+/-]+=*)$/i

/** Returns the bearer token of a request; `null` if it has none. */
export function bearerToken({ headers }: FastifyRequest): string | null {
  return BEARER.exec(headers.authorization ?? '')?.[1] ?? null
}

/** Whether a `sha256` is that of a token. Takes the same time for every token. */
export function isTokenOf(hash: string, token: string): boolean {
  return timingSafeEqual(Buffer.from(hash, 'base64url'), Buffer.from(sha256(token), 'base64url'))
}
