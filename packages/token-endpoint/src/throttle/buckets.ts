import { createHash } from 'node:crypto'
import { clientNetwork } from '@latchkey/guard'
import type { ThrottleLimit } from '@latchkey/store'
import type { ClientAddresses } from './client-addresses.ts'
import type { ThrottleLimit as ThrottleLimitName } from '../events.ts'
import type { Guess, ThrottleLimits } from './throttle.ts'

/** Failures that have something in common, and how many of them there may be. */
export interface Bucket {
  readonly name: ThrottleLimitName
  readonly limit: ThrottleLimit
}

/** A name for the store and the log, which do not learn what people type where a username goes. */
export type KeyOf = (...of: readonly string[]) => string

/** @param names - of the issuer and of what is guessed at, which keep throttles apart */
export function throttleKeys(names: readonly [issuer: string, purpose: string]): KeyOf {
  return (...of) => {
    const text = JSON.stringify(['latchkey: throttle', ...names, ...of])
    return createHash('sha256').update(text).digest('base64url')
  }
}

/** Where the failures of a guess count. The first bucket is its own: that of its account, address and client. */
export function bucketsOf(
  { account, clientId, request }: Guess,
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
