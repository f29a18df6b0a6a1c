import { decodeJwt, decodeProtectedHeader, importJWK, type JWTPayload, SignJWT } from 'jose'
import type { Strike } from '../fault.ts'
import { SIGNING_ALGORITHM } from '../signing-key.ts'

/**
 * Changes claims of the ID token in an answer, and signs it again with the current key. Returns whether there was an ID token.
 */
export async function alterIdToken({ ctx, signingKey }: Strike, changes: JWTPayload): Promise<boolean> {
  const answer: unknown = ctx.body
  if (typeof answer !== 'object' || answer === null || !('id_token' in answer)) return false
  const idToken = String(answer.id_token)
  const key = signingKey()
  answer.id_token = await new SignJWT({ ...decodeJwt(idToken), ...changes })
    .setProtectedHeader({ ...decodeProtectedHeader(idToken), alg: SIGNING_ALGORITHM, kid: key.kid })
    .sign(await importJWK(key))
  return true
}
