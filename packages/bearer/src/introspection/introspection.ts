import { createHash } from 'node:crypto'
import { type Authentication, clientNetwork, InvalidTokenError } from '@latchkey/guard'
import type { FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import { checkRevocation, type Verification } from '../access-token.ts'
import type { CheckBinding } from '../dpop/binding.ts'
import { type Asker, type EndpointLog, watchEndpoint } from './endpoint-watch.ts'
import { isIntrospected } from './is-introspected.ts'
import { readIntrospected, requireAnswer } from './answer.ts'
import type { IntrospectionOptions } from './options.ts'
import { introspectionRequest } from './request.ts'
import { malformed } from '../refusal.ts'
import type { TokenMemoryCounts } from '../token-memory.ts'
import type { Issuer } from '../trusted-issuer.ts'
import { type Period, within } from '../period.ts'

/** Tells what an issuer says about tokens that say nothing by themselves. */
export interface Introspection {
  /**
   * What the issuer says about a token's bearer: at once, and without a promise, where it is remembered. `null` when the
   * token is not for the issuer to explain.
   *
   * @param request - what brought the token: its client is charged with the question
   * @param checkBinding - refuses a token that is bound to something else than what it was presented with
   * @throws InvalidTokenError; UnavailableError when the issuer cannot be asked now, or gave no answer that can be used
   */
  readonly introspect: (
    token: string,
    request: FastifyRequest,
    checkBinding: CheckBinding
  ) => Authentication | null | Promise<Authentication>
  /** How often it was known already what to say, and how often not. */
  readonly counts: TokenMemoryCounts
}

/** What {@link introspection} needs to know. */
export interface IntrospectionContext extends Omit<Verification, 'issuers'> {
  readonly issuer: Issuer
  readonly options: IntrospectionOptions
  readonly log: EndpointLog
}

interface Remembered<Verdict> extends Period {
  readonly verdict: Verdict
}

/** Longer tokens are not worth a question. */
const MAX_LENGTH = 8192

// Answers may be long, but not all of those that are remembered.
const USUAL_CHARACTERS = 1024
const MOST_CHARACTERS = 64 * 1024

/**
 * Introspection at one issuer. Each token is asked about once at a time, however many requests bring it, and its answer is
 * remembered by the SHA-256 of the whole token; refusals apart from the others, so that nobody pushes out good tokens with
 * bad ones. That there was no answer is not remembered.
 */
export function introspection(context: IntrospectionContext): Introspection {
  const { issuer, options, now, log, clockTolerance, maxTokenAge } = context
  const { ttl = 60, negativeTtl = 10, maxEntries = 10_000, audienceIsImplied = false } = options
  const expected = { issuer: issuer.issuer, audience: issuer.audience, clockTolerance, maxTokenAge, audienceIsImplied }
  const ask = introspectionRequest(issuer.issuer, options, log)
  const what = `The introspection endpoint of ${issuer.issuer}`
  const watch = watchEndpoint({ what, maxEntries, now: seconds, log })
  const honoured = new LRUCache<string, Remembered<Authentication>>({
    max: maxEntries,
    maxSize: maxEntries * USUAL_CHARACTERS + MOST_CHARACTERS,
    sizeCalculation: ({ verdict }) => JSON.stringify(verdict.claims).length
  })
  const refused = new LRUCache<string, Remembered<InvalidTokenError>>({ max: maxEntries })
  const underWay = new Map<string, Promise<Authentication>>()
  let hits = 0
  let misses = 0

  return Object.freeze({
    introspect(token, request, checkBinding) {
      if (!isIntrospected(token, issuer.issuer)) return null
      if (token.length > MAX_LENGTH) throw malformed('longer than 8 KiB')
      const key = createHash('sha256').update(token).digest('base64')
      const authentication = recall(key)
      if (authentication !== null) return admitted(authentication, checkBinding)
      misses++
      const asked = underWay.get(key) ?? find(token, askerOf(key, request)).finally(() => underWay.delete(key))
      underWay.set(key, asked)
      return asked.then((found) => admitted(found, checkBinding))
    },
    get counts() {
      return { hits, misses, size: honoured.size }
    }
  } satisfies Introspection)

  function recall(key: string): Authentication | null {
    const time = seconds()
    const good = honoured.get(key)
    if (good !== undefined && within(good, time)) {
      hits++
      return good.verdict
    }
    const bad = refused.get(key)
    if (bad === undefined || !within(bad, time)) return null
    hits++
    throw new InvalidTokenError(bad.verdict.message, { cause: bad.verdict.cause })
  }

  // A token that was active stays among those that are honoured, out of date or not, until there is another answer.
  function askerOf(token: string, request: FastifyRequest): Asker {
    const earlier = honoured.peek(token)
    if (earlier === undefined) return { token, isKnown: false, caller: clientNetwork(request) }
    return { token, isKnown: true, caller: earlier.verdict.subject }
  }

  async function find(token: string, asker: Asker): Promise<Authentication> {
    const { token: key } = asker
    // What the issuer says holds from when it was asked, not from when its answer arrived.
    const since = seconds()
    const claims = await watch(asker, async () => requireAnswer(await ask(token)))
    honoured.delete(key)
    refused.delete(key)
    try {
      const { bearer, validUntil } = readIntrospected(claims, { ...expected, now: seconds() })
      const verdict = Object.freeze({ ...bearer, scopes: issuer.scopes(claims) })
      // Before the tolerance for clocks is made use of, the issuer is asked again.
      honoured.set(key, { verdict, since, until: Math.min(since + ttl, validUntil - clockTolerance) })
      return verdict
    } catch (error) {
      if (error instanceof InvalidTokenError) refused.set(key, { verdict: error, since, until: since + negativeTtl })
      throw error
    }
  }

  // Not of the token alone, so that it is not remembered: how it was presented, and whether it was taken back since.
  function admitted(authentication: Authentication, checkBinding: CheckBinding): Authentication {
    checkBinding(authentication.claims, issuer.dpop)
    checkRevocation({ issuer, authentication })
    return authentication
  }

  function seconds(): number {
    return now() / 1000
  }
}
