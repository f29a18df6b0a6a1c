import { correlationId } from '@latchkey/guard'
import { tell } from '@latchkey/guard/plugin'
import type { FastifyBaseLogger } from 'fastify'
import { type RevocationEvent, revocationChannel } from '../events.ts'
import { FAMILY_ID_IS, isFamilyId } from '../tokens/family-id.ts'
import type { Revocations } from './revocations.ts'

/** Makes the function that revokes a family for a plugin or for the application. */
export function familyRevoker(
  revocations: Pick<Revocations, 'revokeFamily'>,
  log: FastifyBaseLogger
): (familyId: string) => Promise<void> {
  return async (familyId) => {
    if (!isFamilyId(familyId)) throw new TypeError(`The family to revoke must be ${FAMILY_ID_IS}`)
    await revocations.revokeFamily(familyId)
    const family = correlationId(familyId)
    const event = {
      kind: 'family',
      family,
      clientId: null,
      subject: null,
      reason: 'application'
    } satisfies RevocationEvent
    tell(revocationChannel, event, { log, message: 'All tokens of a sign-in were revoked' })
  }
}
