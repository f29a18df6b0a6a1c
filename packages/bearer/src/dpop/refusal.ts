import { InvalidDpopProofError } from '@latchkey/guard'

/** The error for a token without a proof. */
export function missingProof(): InvalidDpopProofError {
  return new InvalidDpopProofError('invalid_dpop_proof', 'The DPoP proof is missing')
}

/** The error for every other fault of a proof, with one message. The reason is for the log only. */
export function invalidProof(reason: unknown): InvalidDpopProofError {
  return new InvalidDpopProofError('invalid_dpop_proof', 'The DPoP proof is not valid', { cause: reason })
}

/** The error for a proof that must be made again, with a nonce of this server. */
export function nonceWanted(nonce: string, reason: string): InvalidDpopProofError {
  return new InvalidDpopProofError('use_dpop_nonce', 'The DPoP proof needs a fresh nonce', { nonce, cause: reason })
}
