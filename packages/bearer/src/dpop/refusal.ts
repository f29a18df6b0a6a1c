import { InvalidDpopProofError } from '@latchkey/guard'

/** There is no proof beside the token. */
export function missingProof(): InvalidDpopProofError {
  return new InvalidDpopProofError('invalid_dpop_proof', 'The DPoP proof is missing')
}

/** Everything that is wrong with a proof, in one sentence: the reason is for the log only. */
export function invalidProof(reason: unknown): InvalidDpopProofError {
  return new InvalidDpopProofError('invalid_dpop_proof', 'The DPoP proof is not valid', { cause: reason })
}

/** The proof has to be made again, with a nonce of this server. */
export function nonceWanted(nonce: string, reason: string): InvalidDpopProofError {
  return new InvalidDpopProofError('use_dpop_nonce', 'The DPoP proof needs a fresh nonce', { nonce, cause: reason })
}
