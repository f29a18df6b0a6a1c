import { headerValues, sha256 } from '@latchkey/guard/plugin'
import type { FastifyRequest } from 'fastify'
import { notValid } from '../refusal.ts'
import { type Nonces, proofNonces } from './nonces.ts'
import type { ResolvedDpop } from './options.ts'
import { type Proof, readProof } from './proof.ts'
import { thumbprintOf, verifyPossession } from './proof-key.ts'
import { invalidProof, missingProof, nonceWanted } from './refusal.ts'
import { replayShares } from './replay-shares.ts'
import { isTarget } from './target-uri.ts'

/**
 * Verifies the proof that comes with a token, in two steps: cheap checks before the token is verified, the others after that.
 */
export interface ProofVerifier {
  /** The algorithms that a proof may be signed with. */
  readonly algorithms: readonly string[]
  /**
   * Reads the proof of a request and checks that it is for this request and this token, and that its time is valid. Does not
   * verify its signature.
   *
   * @throws InvalidDpopProofError
   */
  read(request: FastifyRequest, token: string): Promise<Proof>
  /**
   * Verifies the signature of a proof and accepts it once, if it was made with the key that has this thumbprint.
   *
   * @throws InvalidTokenError when the token is bound to another key; InvalidDpopProofError when the signature is not valid, or
   * the proof was used before; TooManyRequestsError when the key has too many proofs in the store; any error of the replay
   * store
   */
  accept(proof: Proof, jkt: string): Promise<void>
}

/**
 * Creates the verifier of proofs.
 *
 * @param clockTolerance - in seconds
 * @param now - milliseconds since the epoch
 * @see [RFC 9449 §4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3)
 */
export function proofVerifier(options: ResolvedDpop, clockTolerance: number, now: () => number): ProofVerifier {
  const { origin, replay, maxAge, maxPerKey, nonceSecrets } = options
  const algorithms = Object.freeze([...options.algorithms])
  const allowed = new Set(algorithms)
  const takeShare = replayShares({
    most: maxPerKey,
    lifetime: maxAge + 3 * clockTolerance,
    room: replay.room?.bind(replay),
    seconds: () => now() / 1000
  })
  const nonces = nonceSecrets ? proofNonces(nonceSecrets, clockTolerance, now) : null

  return Object.freeze({
    algorithms,
    async read(request, token) {
      const proof = readProof(proofHeader(request), allowed)
      if (proof.htm !== request.method) throw invalidProof('htm is not the method of the request')
      if (!isTarget(proof.htu, origin, request.originalUrl)) throw invalidProof('htu is not the URI of the request')
      if (proof.ath !== sha256(token)) throw invalidProof('ath is not the hash of the token')
      checkTime(proof)
      if (nonces) await checkNonce(proof, nonces)
      return proof
    },
    async accept(proof, jkt) {
      if ((await thumbprintOf(proof)) !== jkt)
        throw notValid('the token is bound to a different key from that of the proof')
      await verifyPossession(proof)
      if (!(await isNew(proof, jkt))) throw invalidProof('the proof was used before')
    }
  } satisfies ProofVerifier)

  async function isNew(proof: Proof, jkt: string): Promise<boolean> {
    const giveBack = takeShare(jkt)
    let isStored: unknown = false
    try {
      // Stored until no process of this server accepts the proof any more, by the clock of any of them.
      isStored = await replay.remember(replayKey(jkt, proof.jti), endOf(proof) + clockTolerance)
    } finally {
      // A replayed proof must not reduce the share of the key's owner.
      if (isStored !== true) giveBack()
    }
    return isStored === true
  }

  /** The time from which on a proof is too old. */
  function endOf({ iat }: Proof): number {
    return iat + maxAge + clockTolerance
  }

  function checkTime(proof: Proof): void {
    const time = now() / 1000
    if (!(proof.iat <= time + clockTolerance)) throw invalidProof('iat is in the future')
    if (!(time < endOf(proof))) throw invalidProof('iat is too old')
  }
}

async function checkNonce({ nonce }: Proof, nonces: Nonces): Promise<void> {
  if (nonce === undefined) throw nonceWanted(await nonces.fresh(), 'nonce is missing')
  if (!(await nonces.isGood(nonce))) throw nonceWanted(await nonces.fresh(), 'nonce is too old or from another server')
}

function proofHeader(request: FastifyRequest): string {
  const { dpop } = request.headers
  if (dpop === undefined) throw missingProof()
  if (typeof dpop !== 'string' || headerValues(request, 'dpop').length > 1)
    throw invalidProof('more than one DPoP header')
  return dpop
}

// The key and `jti`, not the text of the proof: with ECDSA, the holder of a proof can give it a second valid signature.
function replayKey(jkt: string, jti: string): string {
  return sha256(JSON.stringify([jkt, jti]))
}
