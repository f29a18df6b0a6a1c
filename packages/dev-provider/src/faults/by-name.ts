import type { Fault } from '../fault.ts'
import type { FaultName } from '../fault-settings.ts'
import { deny } from './deny.ts'
import { expiredCode } from './expired-code.ts'
import { html } from './html.ts'
import { noRefreshToken } from './no-refresh-token.ts'
import { reusedCode } from './reused-code.ts'
import { rotatedKey } from './rotated-key.ts'
import { slow } from './slow.ts'
import { unavailable } from './unavailable.ts'
import { wrongIssParameter } from './wrong-iss-parameter.ts'
import { wrongIssuer } from './wrong-issuer.ts'
import { wrongNonce } from './wrong-nonce.ts'

/** All faults, in the order of the list. */
export const faults: Readonly<Record<FaultName, Fault>> = {
  deny,
  'expired-code': expiredCode,
  'reused-code': reusedCode,
  'wrong-nonce': wrongNonce,
  'wrong-issuer': wrongIssuer,
  'wrong-iss-parameter': wrongIssParameter,
  'rotated-key': rotatedKey,
  slow,
  unavailable,
  html,
  'no-refresh-token': noRefreshToken
}
