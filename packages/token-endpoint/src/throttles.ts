import { createHash } from 'node:crypto'
import { checkOptions, clientNetwork, mustBeInteger, type OptionCheck, optional, tell } from '@latchkey/guard'
import type { ThrottleStore, ThrottleWindow } from '@latchkey/store'
import type { FastifyBaseLogger } from 'fastify'
import { TokenError } from './errors.ts'
import { type ThrottleEvent, type ThrottleLimit, throttleChannel } from './events.ts'
import { type FailureCounts, failureCounts } from './failure-counts.ts'
import type { ResolvedOptions } from './options.ts'
import type { CreateThrottle, Guess, Throttle, ThrottleLimits } from './throttle.ts'

/** Failures that have something in common, and how many of them there may be. */
interface Bucket {
  readonly name: ThrottleLimit
  readonly key: string
  readonly most: number
}

const mustBeFailures = mustBeInteger(1, 1_000_000_000, 'failures')

const checks: { readonly [Name in keyof Required<ThrottleLimits>]: OptionCheck } = {
  failures: mustBeFailures,
  failuresPerAddress: optional(mustBeFailures),
  failuresPerAccount: optional(mustBeFailures),
  failuresUnderAttack: optional(mustBeFailures),
  window: mustBeInteger(1, 86_400, 'seconds')
}

interface Attempts {
  /**
   * Whether so many may be under way that more than allowed could fail together. Right secrets come in any number; a person's
   * password does not.
   */
  readonly many: boolean
  /** Whether the client is one already. Before that its identifier is whatever somebody has typed there, and is not told. */
  readonly ofKnownClients: boolean
}

/** Throttles for the grants of a token endpoint, which count in its store, and one for the secrets of its clients. */
export function endpointThrottles(
  { store, issuer, now, clientThrottle }: Pick<ResolvedOptions, 'store' | 'issuer' | 'now' | 'clientThrottle'>,
  log: FastifyBaseLogger
): { throttle: CreateThrottle; clientThrottle: Throttle } {
  return {
    throttle: throttles(store.throttle, issuer, now, log, { many: false, ofKnownClients: true }),
    // A secret of 256 bits need not be guarded by all processes together.
    clientThrottle: throttles(undefined, issuer, now, log, { many: true, ofKnownClients: false })(
      'client secrets',
      clientThrottle
    )
  }
}

/**
 * Makes throttles.
 *
 * @param shared - where they count; without it each process counts by itself
 * @param issuer - keeps token endpoints that share a store apart
 * @param now - the current time in milliseconds since the epoch
 * @param attempts - what they are like
 */
function throttles(
  shared: ThrottleStore | undefined,
  issuer: string,
  now: () => number,
  log: FastifyBaseLogger,
  attempts: Attempts
): CreateThrottle {
  const counts = failureCounts(shared, log)
  return (purpose, limits) => {
    const checked = checkOptions(`The throttle for ${purpose}`, limits, checks)
    const at = (): ThrottleWindow => ({ window: checked.window, now: Math.floor(now() / 1000) })
    return throttle([issuer, purpose], checked, counts, at, attempts)
  }
}

function throttle(
  names: readonly [issuer: string, purpose: string],
  limits: ThrottleLimits,
  counts: FailureCounts,
  at: () => ThrottleWindow,
  { many, ofKnownClients }: Attempts
): Throttle {
  const { failures, failuresPerAddress = Infinity, failuresPerAccount = Infinity, failuresUnderAttack = 3 } = limits
  // Attempts at once must not pass a limit together: until it is known better, one under way is a failure.
  const underWay = new Map<string, number>()

  return {
    async attempt(guess, verify) {
      const [own, ...others] = bucketsOf(guess)
      const buckets = [own, ...others]
      for (const bucket of buckets) requireRoom(bucket, guess)
      for (const { key } of buckets) enter(key, 1)
      try {
        const verified = await verify().catch(async (error: unknown) => {
          if (isRefusal(error)) await count(buckets, guess)
          throw error
        })
        if (!(verified && many)) await count(verified ? [own] : buckets, guess)
        if (!verified) return null
        await counts.forget(own.key, at())
        return verified
      } finally {
        for (const { key } of buckets) enter(key, -1)
      }
    }
  }

  function bucketsOf({ account, clientId, request }: Guess): [own: Bucket, ...others: Bucket[]] {
    const address = clientNetwork(request)
    const ofAddress: Bucket = { name: 'address', key: keyOf('address', address), most: failuresPerAddress }
    const ofAccount: Bucket = { name: 'account', key: keyOf('account', account), most: Infinity }
    const isUnderAttack = knownOf(ofAccount) >= failuresPerAccount
    const own: Bucket = {
      name: 'account and address',
      key: keyOf('account and address', account, address, clientId),
      most: isUnderAttack ? Math.min(failures, failuresUnderAttack) : failures
    }
    return [
      own,
      ...(failuresPerAddress === Infinity ? [] : [ofAddress]),
      ...(failuresPerAccount === Infinity ? [] : [ofAccount])
    ]
  }

  function knownOf({ key }: Bucket): number {
    return counts.known(key, at())?.count ?? 0
  }

  function requireRoom(bucket: Bucket, guess: Guess): void {
    const { key, most } = bucket
    const known = knownOf(bucket)
    if (known + (many ? 0 : (underWay.get(key) ?? 0)) < most) return
    // Whoever is only one of too many at once need not wait for the window to end.
    refuse(bucket, guess, known < most ? 1 : undefined)
  }

  /**
   * Counts an attempt whose outcome is known here and not yet outside. Other processes may have used up what there was:
   * then the outcome stays unknown.
   */
  async function count(buckets: readonly Bucket[], guess: Guess): Promise<void> {
    const counted = await Promise.all(
      buckets.map(async (bucket) => ({ bucket, ...(await counts.add(bucket.key, at())) }))
    )
    for (const { bucket, count } of counted) {
      if (bucket.name === 'account' && count === failuresPerAccount) {
        const event = { kind: 'under-attack', ...namesOf(guess) } satisfies ThrottleEvent
        const { log } = guess.request
        tell(throttleChannel, event, { log, level: 'warn', message: 'An account is under attack' })
      }
      if (!(count <= bucket.most)) refuse(bucket, guess)
    }
  }

  function refuse({ name, key }: Bucket, guess: Guess, soon?: number): never {
    const retryAfter = soon ?? Math.max(1, (counts.known(key, at())?.resetsAt ?? 0) - at().now)
    const event = { kind: 'throttled', ...namesOf(guess), limit: name, retryAfter } satisfies ThrottleEvent
    tell(throttleChannel, event, { log: guess.request.log, level: 'warn', message: 'An attempt was throttled' })
    throw new TokenError('temporarily_unavailable', 'Too many attempts', { statusCode: 429, retryAfter })
  }

  function enter(key: string, by: 1 | -1): void {
    const attempts = (underWay.get(key) ?? 0) + by
    if (attempts > 0) underWay.set(key, attempts)
    else underWay.delete(key)
  }

  function namesOf({ account, clientId }: Guess): Pick<ThrottleEvent, 'throttle' | 'account' | 'clientId'> {
    return { throttle: names[1], account: keyOf('account', account), clientId: ofKnownClients ? clientId : null }
  }

  /** A name for the store and the log, which need not know what people type where a username goes. */
  function keyOf(...of: readonly string[]): string {
    const text = JSON.stringify(['latchkey: throttle', ...names, ...of])
    return createHash('sha256').update(text).digest('base64url')
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof TokenError && Number(error.statusCode) < 500
}
