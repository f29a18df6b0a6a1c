import { clientNetwork } from '@latchkey/guard'
import { sha256 } from '@latchkey/guard/plugin'
import type { ThrottleLimit } from '@latchkey/store'
import type { ClientAddresses } from './client-addresses.ts'
import type { ThrottledLimit } from './events.ts'
import type { Guess, ThrottleLimits } from './throttle.ts'

/** Failures that are counted together, and their limit. */
export interface Bucket {
  readonly name: ThrottledLimit
  readonly limit: ThrottleLimit
}

/** Makes a hashed key for the store and the log. They must not contain what people type as a username. */
export type KeyOf = (...of: readonly string[]) => string

/** @param names - of the realm and of the purpose, which separate throttles */
export function throttleKeys(names: readonly [realm: string, purpose: string]): KeyOf {
  return (...of) => sha256(JSON.stringify(['latchkey: throttle', ...names, ...of]))
}

/** The buckets that count the failures of a guess. The first bucket is for the account, address and client together. */
export function bucketsOf(
  { account, clientId = '', request }: Guess,
  { failures, failuresPerAddress, failuresPerAccount, failuresUnderAttack = 3 }: ThrottleLimits,
  keyOf: KeyOf,
  addresses: ClientAddresses
): readonly [own: Bucket, ...others: Bucket[]] {
  const address = clientNetwork(request)
  const ownKey = keyOf('account and address', account, address, clientId)
  const ofAddress: Bucket[] =
    failuresPerAddress === undefined
      ? []
      : [{ name: 'address', limit: { key: keyOf('address', address), most: failuresPerAddress } }]
  if (failuresPerAccount === undefined) {
    return [{ name: 'account and address', limit: { key: ownKey, most: failures } }, ...ofAddress]
  }
  const accountKey = keyOf('account', account)
  const underAttack = (most: number) => ({ key: accountKey, hits: failuresPerAccount, most })
  const siteKey = keyOf('account and site', account, addresses.siteOf(request))
  return [
    { name: 'account and address', limit: { key: ownKey, most: failures, tight: underAttack(failuresUnderAttack) } },
    ...ofAddress,
    { name: 'account and site', limit: { key: siteKey, tight: underAttack(failures) } },
    { name: 'account', limit: { key: accountKey } }
  ]
}
