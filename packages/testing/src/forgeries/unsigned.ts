import { decodeJwt, decodeProtectedHeader } from 'jose'
import { part } from './forgery.ts'
import type { Target } from './target.ts'

/** A forged token with its name. */
export type NamedToken = readonly [name: string, token: string]

/** Tokens whose signature is missing, or is no signature. */
export function unsignedTokens({ header, claims }: Target): readonly NamedToken[] {
  const payload = part(claims)
  const { alg: _alg, ...withoutAlg } = header
  return [
    ...['none', 'None', 'NONE', 'nOnE'].map(
      (alg) => [`alg ${alg}`, `${part({ ...header, alg })}.${payload}.`] as const
    ),
    ['alg none with a signature', `${part({ ...header, alg: 'none' })}.${payload}.${part('signature')}`],
    ['no alg', `${part(withoutAlg)}.${payload}.`],
    ['no signature', `${part(header)}.${payload}.`],
    ['no part for the signature', `${part(header)}.${payload}`],
    // With faulty checks, r = s = 0 is valid for every message (CVE-2022-21449).
    ['a signature of zeros', `${part(header)}.${payload}.${Buffer.alloc(64).toString('base64url')}`],
    ['garbage', 'garbage'],
    ['garbage in three parts', 'a.b.c'],
    ['empty parts', '..'],
    ['an encrypted token', `${part({ alg: 'dir', enc: 'A256GCM' })}..YQ.YQ.YQ`],
    ['a payload that is a list', `${part(header)}.${part([claims])}.YQ`],
    ['very long garbage', 'x'.repeat(8000)]
  ]
}

/** Tokens that are made of valid ones. */
export function alteredTokens({ genuine, claims, header }: Target): readonly NamedToken[] {
  if (genuine === null) return []
  const [token, other] = genuine
  // Cast: a signed token has three parts.
  const [head, payload, signature] = token.split('.') as [string, string, string]
  const [, otherPayload, otherSignature] = other.split('.') as [string, string, string]
  const bytes = Buffer.from(signature, 'base64url')
  const flipped = Buffer.from(bytes)
  flipped[0] = Number(flipped[0]) ^ 1
  return [
    ['a truncated signature', `${head}.${payload}.${bytes.subarray(0, -1).toString('base64url')}`],
    ['a truncated payload', `${head}.${payload.slice(0, -4)}.${signature}`],
    ['one changed bit', `${head}.${payload}.${flipped.toString('base64url')}`],
    ['a fourth part', `${token}.${signature}`],
    ['another subject', `${head}.${part({ ...claims, sub: 'admin' })}.${signature}`],
    ['another header', `${part({ ...header, kid: 'other' })}.${payload}.${signature}`],
    ['the payload of another token', `${head}.${otherPayload}.${signature}`],
    ['the signature of another token', `${head}.${payload}.${otherSignature}`]
  ]
}

/** Whether a token has the form of a signed JWT: three parts, of which the first two are JSON objects. */
export function isJws(token: string): boolean {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return false
  try {
    decodeProtectedHeader(token)
    decodeJwt(token)
    return true
  } catch {
    return false
  }
}
