import type { FastifyReply, FastifyRequest, onErrorHookHandler } from 'fastify'
import type { Authorization } from './authorization.ts'
import type { Standing } from './principals.ts'
import { isRefusal } from './refusal.ts'
import type { RuleBook } from './rule-book.ts'

type Send = (this: FastifyReply, payload?: unknown) => FastifyReply

/**
 * An `onError` hook that makes a refusal of the application one of the guard's, whether a hook, a handler or a stream threw it:
 * with its challenge, its line in the log, its event, and its redirect. It runs before the application's error handlers, which
 * may write a body of their own, and may throw a refusal in place of another error. Does not touch errors of other classes,
 * whatever their `statusCode`.
 *
 * @param standingOf - who was let in
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
    // Fastify calls this hook for the first error alone, lets it send nothing, and goes on to the error handlers.
    reply.send = (payload?: unknown) => {
      const isError = payload instanceof Error
      if (isError) instead ??= deny(request, reply, payload)
      if (instead !== null && (isAtOnce || !isError)) {
        reply.send = send
        return reply.removeHeader('content-type').redirect(instead, 303)
      }
      // What comes later may be a rejection of an error handler. It goes to the next one, which sends at once.
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
