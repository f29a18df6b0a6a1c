import { correlationId } from '@latchkey/guard'
import {
  type Grant,
  type Granted,
  requiredParameter,
  TokenError,
  type TokenEndpoint,
  type TokenRequest
} from '@latchkey/token-endpoint'
import { tellAuthorization } from '../events.ts'
import type { DeviceCodes } from './codes.ts'
import type { Decision, Decisions } from './decisions.ts'

/** The grant type of device codes. */
export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

/** For how many seconds after the exchange another poll counts as one of the same moment. */
const SAME_MOMENT = 5

export interface DeviceGrantDependencies {
  readonly codes: DeviceCodes
  readonly decisions: Decisions
  readonly tokenEndpoint: Pick<TokenEndpoint, 'isRevoked' | 'revokeFamily'>
  /** The store's time in seconds since the epoch. */
  readonly seconds: () => number
}

/**
 * The grant of device codes. A device asks again and again until the user has decided. A code is exchanged once: of polls at the
 * same moment one gets the tokens and the others `slow_down`. A later use revokes the tokens.
 *
 * @see [RFC 8628 §3.4](https://www.rfc-editor.org/rfc/rfc8628#section-3.4), [§3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)
 */
export function deviceGrant({ codes, decisions, tokenEndpoint, seconds }: DeviceGrantDependencies): Grant {
  return { grantType: DEVICE_CODE, handle }

  async function handle({ parameters, client, request }: TokenRequest): Promise<Granted> {
    const device = await codes.find(requiredParameter('device_code', parameters))
    if (device?.content.clientId !== client.clientId) throw refused()
    const decision = await decisions.find(device)
    const usedAt = decision?.content.usedAt ?? null
    if (decision !== null && usedAt !== null) return useAgain(decision.content, usedAt, request)
    if (seconds() >= device.content.expiresAt) throw new TokenError('expired_token', 'The device code has expired')
    if (decision === null) {
      if (await codes.poll(device)) throw new TokenError('authorization_pending', 'The user has not decided yet')
      throw tooEarly()
    }
    const { subject, scopes, authenticatedAt, familyId, state } = decision.content
    if (state === 'denied') throw new TokenError('access_denied', 'The user refused')
    if (isRevoked(decision.content)) throw refused()
    const { resources } = device.content
    const consume = async (): Promise<void> => {
      if (!(await decisions.use(decision))) throw tooEarly()
    }
    return { subject, scopes, defaultScopes: scopes, resources, authenticatedAt, familyId, consume }
  }

  // If a thief was first, the device gets slow_down at most, polls again, and so revokes the tokens of the thief.
  async function useAgain(
    { familyId, clientId, subject }: Decision,
    usedAt: number,
    { log }: TokenRequest['request']
  ): Promise<never> {
    if (Math.abs(seconds() - usedAt) < SAME_MOMENT) throw tooEarly()
    tellAuthorization(
      { kind: 'code-reused', clientId, subject, family: correlationId(familyId) },
      { log, level: 'warn', message: 'A used device code was presented' }
    )
    await tokenEndpoint.revokeFamily(familyId)
    throw refused()
  }

  /** Whether the user, or the family, was revoked after the decision. */
  function isRevoked({ familyId, subject, decidedAt }: Decision): boolean {
    return tokenEndpoint.isRevoked({ jti: `${familyId}.device`, sub: subject, iat: decidedAt })
  }
}

function tooEarly(): TokenError {
  return new TokenError('slow_down', 'The device asks too often. It must wait 5 seconds longer from now on')
}

function refused(): TokenError {
  return new TokenError('invalid_grant', 'The device code is unknown, used or revoked, or not for this client')
}
