import type { IssuerLog } from './log.ts'
import { fittingKeys, type ImportedKeys, type KeyHint } from './verification-key.ts'

/** Logs why no key was found for the tokens of an issuer. Each reason is logged once, since any client can send such tokens. */
export interface KeyFaults {
  /** Records that a key set was fetched. */
  loaded(set: ImportedKeys, origin: string): void
  /**
   * Records that a token did not lead to exactly one key of the set. An unknown `kid` is not a fault of the set and is not
   * logged.
   */
  missed(set: ImportedKeys, hint: KeyHint): void
}

type Reason = 'no usable key' | 'left out' | 'other algorithm' | 'several keys'

/** @param log - receives only what the issuer publishes, nothing of a token */
export function keyFaults(log: IssuerLog | undefined): KeyFaults {
  const told = new Set<Reason>()
  let place = ''

  return Object.freeze({
    loaded(set, origin) {
      place = `The key set at ${origin}`
      if (set.keys.length > 0) {
        told.delete('no usable key')
        return
      }
      const reasons = [...new Set(set.leftOut.map(({ reason }) => reason))]
      const cure = 'name the algorithms of its issuer in "algorithms", or have the issuer publish other keys'
      tell('no usable key', { leftOut: reasons }, `holds no key that can verify a token: ${cure}`)
    },
    missed(set, hint) {
      if (set.keys.length === 0) return
      const { kid } = hint
      const fitting = fittingKeys(set.keys, hint)
      if (fitting.length > 1) {
        tell(
          'several keys',
          { fitting: fitting.length },
          'has several keys for one token: each needs a "kid" of its own'
        )
      }
      const unused = set.leftOut.find((one) => kid !== undefined && one.kid === kid)
      if (unused !== undefined) tell('left out', unused, 'has a key that a token names and that cannot be used')
      const named = set.keys.filter((key) => kid === undefined || key.kid === kid)
      if (fitting.length > 0 || named.length === 0) return
      const algorithms = [...new Set(named.map(({ alg }) => alg))]
      const cure = 'if the issuer signs with it, name it in "algorithms"'
      tell('other algorithm', { algorithms }, `has a key that a token wants for another algorithm: ${cure}`)
    }
  } satisfies KeyFaults)

  function tell(reason: Reason, details: object, message: string): void {
    if (told.has(reason)) return
    told.add(reason)
    log?.warn(details, `${place} ${message}`)
  }
}
