import { type Authentication, clientNetwork, InvalidTokenError } from '@latchkey/guard'
import { sha256 } from '@latchkey/guard/plugin'
import { singleFlight } from '@latchkey/promises'
import type { FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import { checkRevocation, type Verification } from '../access-token/verify.ts'
import type { CheckBinding } from '../dpop/binding.ts'
import { announceMemory } from '../events.ts'
import { type Asker, type EndpointLog, watchEndpoint } from './endpoint-watch.ts'
import { isIntrospected } from './is-introspected.ts'
import { readIntrospected, requireAnswer } from './answer.ts'
import type { IntrospectionOptions } from './options.ts'
import { introspectionRequest } from './request.ts'
import { malformed } from '../refusal.ts'
import type { Issuer } from '../trusted-issuer.ts'
import { type Period, within } from '../period.ts'
import { recentlyUsed } from '../recently-used.ts'

/**
 * Introspects a token at an issuer. Returns its authentication, without a promise if it is remembered, and `null` if the token
 * must not be introspected.
 *
 * @param request - the request with the token; its client is charged for the call
 * @param checkBinding - refuses a token that is bound to something other than the presented key
 * @throws InvalidTokenError; UnavailableError when the issuer cannot be asked now, or its answer cannot be used
 */
export type Introspect = (
  token: string,
  request: FastifyRequest,
  checkBinding: CheckBinding
) => Authentication | null | Promise<Authentication>

/** The options of {@link introspection}. */
export interface IntrospectionDependencies extends Omit<Verification, 'issuers'> {
  readonly issuer: Issuer
  readonly options: IntrospectionOptions
  readonly log: EndpointLog
}

interface Remembered<Verdict> extends Period {
  readonly verdict: Verdict
}

/** Longer tokens are refused without a call. */
const MAX_LENGTH = 8192

// One answer may be long, but not all remembered answers.
const USUAL_CHARACTERS = 1024
const MOST_CHARACTERS = 64 * 1024

/**
 * Creates the introspection at one issuer. There is at most one concurrent call for each token, however many requests bring it.
 * An answer is remembered by the SHA-256 of the whole token. Refusals are remembered separately, so that bad tokens cannot push
 * out good ones. A call without an answer is not remembered.
 */
export function introspection(context: IntrospectionDependencies): Introspect {
  const { issuer, options, now, log, clockTolerance, maxTokenAge } = context
  const { ttl = 60, negativeTtl = 10, maxEntries = 10_000, insecureAcceptMissingAudience = false } = options
  const expected = {
    issuer: issuer.issuer,
    audience: issuer.audience,
    clockTolerance,
    maxTokenAge,
    insecureAcceptMissingAudience
  }
  const ask = introspectionRequest(issuer.issuer, options, log)
  const what = `The introspection endpoint of ${issuer.issuer}`
  const watch = watchEndpoint({ what, maxEntries, seconds, log })
  // Without `max`, which would allocate room for all answers at once.
  const honoured = new LRUCache<string, Remembered<Authentication>>({
    maxSize: maxEntries * USUAL_CHARACTERS + MOST_CHARACTERS,
    sizeCalculation: ({ verdict }) => JSON.stringify(verdict.claims).length
  })
  const refused = recentlyUsed<Remembered<InvalidTokenError>>(maxEntries)
  const shared = singleFlight<Authentication>()

  return (token, request, checkBinding) => {
    if (!isIntrospected(token, issuer.issuer)) return null
    if (token.length > MAX_LENGTH) throw malformed('longer than 8 KiB')
    const key = sha256(token)
    const authentication = recall(key)
    if (authentication !== null) return admitted(authentication, checkBinding)
    return shared(key, () => find(token, askerOf(key, request)))
      .finally(() => announceMemory('miss', 'introspected', honoured))
      .then((found) => admitted(found, checkBinding))
  }

  function recall(key: string): Authentication | null {
    const time = seconds()
    const good = honoured.get(key)
    if (good !== undefined && within(good, time)) {
      announceMemory('hit', 'introspected', honoured)
      return good.verdict
    }
    const bad = refused.get(key)
    if (bad === undefined || !within(bad, time)) return null
    announceMemory('hit', 'introspected', honoured)
    throw new InvalidTokenError(bad.verdict.message, { cause: bad.verdict.cause })
  }

  // A token that was active stays in `honoured`, even when out of date, until there is another answer.
  function askerOf(token: string, request: FastifyRequest): Asker {
    const earlier = honoured.peek(token)
    if (earlier === undefined) return { token, isKnown: false, caller: clientNetwork(request) }
    return { token, isKnown: true, caller: earlier.verdict.subject }
  }

  async function find(token: string, asker: Asker): Promise<Authentication> {
    const { token: key } = asker
    // The answer is valid from the time of the call, not from the time of the answer.
    const since = seconds()
    const claims = await watch(asker, async () => requireAnswer(await ask(token)))
    honoured.delete(key)
    refused.delete(key)
    try {
      const { bearer, validUntil } = readIntrospected(claims, { ...expected, now: seconds() })
      const scopes = issuer.scopes(claims)
      const verdict = Object.freeze({ ...bearer, scopes, ...(issuer.roles && { roles: issuer.roles(claims) }) })
      // The issuer is asked again before the clock tolerance is used.
      honoured.set(key, { verdict, since, until: Math.min(since + ttl, validUntil - clockTolerance) })
      if (honoured.size > maxEntries) honoured.pop()
      return verdict
    } catch (error) {
      if (error instanceof InvalidTokenError) refused.set(key, { verdict: error, since, until: since + negativeTtl })
      throw error
    }
  }

  // These two depend on the request and the time, not on the token alone, so their result is not remembered.
  function admitted(authentication: Authentication, checkBinding: CheckBinding): Authentication {
    checkBinding(authentication.claims, issuer.dpop)
    checkRevocation({ issuer, authentication })
    return authentication
  }

  function seconds(): number {
    return now() / 1000
  }
}
