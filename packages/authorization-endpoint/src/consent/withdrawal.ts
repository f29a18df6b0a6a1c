import type { RefreshTokenStore } from '@latchkey/store'
import type { TokenEndpoint } from '@latchkey/token-endpoint'
import type { FastifyBaseLogger } from 'fastify'
import type { AuthorizationCodes } from '../code/codes.ts'
import { tellAuthorization } from '../events.ts'
import type { Consents } from './consents.ts'

export interface WithdrawalDependencies {
  readonly consents: Consents
  readonly codes: AuthorizationCodes
  /** Ends the device codes that a user allowed at one client. Returns the families of their tokens. */
  readonly endDeviceCodes: (subject: string, clientId: string) => Promise<readonly string[]>
  readonly refreshTokens: Pick<RefreshTokenStore, 'families'>
  readonly tokenEndpoint: Pick<TokenEndpoint, 'revokeFamily'>
  readonly log: FastifyBaseLogger
}

/**
 * Makes the function that withdraws the consent of a user for a client. The consent goes first: a code that is exchanged
 * meanwhile is the last one, and the exchange fails or its tokens are among those that are revoked. A code that is stored later
 * is removed at once, because its consent is gone.
 */
export function withdrawal({
  consents,
  codes,
  endDeviceCodes,
  refreshTokens,
  tokenEndpoint,
  log
}: WithdrawalDependencies): (subject: string, clientId: string) => Promise<boolean> {
  return async (subject, clientId) => {
    const existed = await consents.remove(subject, clientId)
    // The family of a code that is being exchanged may have no refresh token yet.
    const ended = [...(await codes.removeOf(subject, clientId)), ...(await endDeviceCodes(subject, clientId))]
    for (const familyId of ended) await tokenEndpoint.revokeFamily(familyId)
    for (const family of await refreshTokens.families(subject)) {
      if (family.clientId === clientId) await tokenEndpoint.revokeFamily(family.familyId)
    }
    tellAuthorization({ kind: 'withdrawn', clientId, subject }, { log, message: 'A consent was withdrawn' })
    return existed
  }
}
