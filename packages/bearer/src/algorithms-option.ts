import { must, type OptionCheck } from '@latchkey/guard'
import { signatureAlgorithms } from '@latchkey/issuer'

/** A check for a list of signature algorithms by their JWS names. */
export const mustBeAlgorithms: OptionCheck = must(
  `be a list out of ${[...signatureAlgorithms.keys()].join(', ')}`,
  (value) => isListOf((alg) => typeof alg === 'string' && signatureAlgorithms.has(alg), value)
)

/** Whether a value is a list of at least one member, and all members pass the check. */
export function isListOf(isMember: (value: unknown) => boolean, value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isMember)
}
