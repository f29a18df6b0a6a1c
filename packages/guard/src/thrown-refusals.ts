import type { FastifyReply, FastifyRequest, onErrorHookHandler } from 'fastify'
import type { Authorization } from './authorization.ts'
import type { Standing } from './principals.ts'
import { isRefusal } from './refusal.ts'
import type { RuleBook } from './rule-book.ts'

type Send = (this: FastifyReply, payload?: unknown) => FastifyReply

/**
 * Makes an `onError` hook that treats a refusal of the application like one of the guard: with challenge, log line, event and
 * redirect, whether a hook, a handler or a stream threw it. It runs before the application's error handlers. They may write
 * their own body, and may throw a refusal in place of another error. Does not touch errors of other classes, with any
 * `statusCode`.
 *
 * @param standingOf - returns the admitted caller
 */
export function thrownRefusals(
  rules: RuleBook,
  { authenticators, denials }: Authorization,
  standingOf: (request: FastifyRequest) => Standing | null
): onErrorHookHandler {
  return (request, reply, error, done) => {
    const send: Send = Reflect.get(reply, 'send')
    let instead = deny(request, reply, error)
    let isAtOnce = true
    // Fastify calls this hook only for the first error, lets it send nothing, and then runs the error handlers.
    reply.send = (payload?: unknown) => {
      const isError = payload instanceof Error
      if (isError) instead ??= deny(request, reply, payload)
      if (instead !== null && (isAtOnce || !isError)) {
        reply.send = send
        return reply.removeHeader('content-type').redirect(instead, 303)
      }
      // A later error may be a rejection of an error handler. It goes to the next handler, which sends at once.
      isAtOnce = true
      send.call(reply, payload)
      isAtOnce = false
      return reply
    }
    done()
    isAtOnce = false
  }

  function deny(request: FastifyRequest, reply: FastifyReply, error: unknown): string | null {
    if (!isRefusal(error) || denials.isDenied(request, error)) return null
    const standing = standingOf(request)
    const caller = standing?.principal ?? null
    const by = authenticators.find(({ scheme }) => scheme === caller?.scheme)
    const found = rules.accessOf(request)
    const access = found?.rule?.kind === 'noAuthentication' ? null : found
    return denials.deny({ request, reply, access, refusal: error, of: 'access', caller, standing, by })
  }
}
