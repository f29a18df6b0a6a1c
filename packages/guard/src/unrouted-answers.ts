import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import { GuardFailureError, RouteAccessError } from './errors.ts'

/** The answer to a request that no route matches. */
interface Answer {
  /** Whether the not-found handler gives the answer, or a rule allowed it. */
  isAllowed: boolean
  isRefused: boolean
}

const unrouted: unique symbol = Symbol('answer that no route gives')
type UnroutedRequest = FastifyRequest & { [unrouted]?: Answer }
type Raw = FastifyReply['raw']

const FIX =
  'Something other than a route or the not-found handler answered, such as middleware. Register a route with a rule at ' +
  'its path, whose handler is reply.callNotFound(), or call app.guard.require(rule)'

/**
 * Refuses a successful answer to a request that no route matches, until {@link allowAnswer} is called. Such an answer comes
 * from middleware or a hook, which has no rule. Every way to answer ends in these methods of Node's response. Errors and
 * redirects pass. Does not undo what the middleware did before.
 */
export function holdAnswer(request: UnroutedRequest, { raw }: FastifyReply): void {
  const answer: Answer = { isAllowed: false, isRefused: false }
  request[unrouted] = answer
  // The originals write the refusal. They are unbound, because middleware may wrap these methods before and after.
  const writeHead: unknown = Reflect.get(raw, 'writeHead')
  const end: unknown = Reflect.get(raw, 'end')
  for (const name of ['writeHead', 'write', 'end', 'flushHeaders']) {
    const original = Reflect.get(raw, name) as Method // cast: a method of the response
    Reflect.set(raw, name, (...given: unknown[]): unknown => {
      if (!answer.isRefused) {
        const status = name === 'writeHead' ? Number(given[0]) : raw.statusCode
        if (answer.isAllowed || raw.headersSent || !isSuccess(status)) return Reflect.apply(original, raw, given)
        answer.isAllowed = true
        refuse(request, raw, writeHead as Method, end as Method) // as above
        answer.isRefused = true
      }
      return swallow(raw, name, given)
    })
  }
}

/** Allows the answer: the not-found handler gives it, or a rule of its context admitted the request. */
export function allowAnswer(request: UnroutedRequest): void {
  const answer = request[unrouted]
  if (answer) answer.isAllowed = true
}

type Method = (...given: unknown[]) => unknown

function isSuccess(status: number): boolean {
  return (status >= 200 && status < 300) || status === 304
}

function refuse(request: FastifyRequest, raw: Raw, writeHead: Method, end: Method): void {
  const { method } = request
  const error = new GuardFailureError({ cause: new RouteAccessError(`${method} of a path without a route: ${FIX}`) })
  request.log.error({ err: error }, 'The guard refused an answer that did not come from a route')
  for (const name of raw.getHeaderNames()) raw.removeHeader(name)
  const { statusCode, code, message } = error
  const reason = 'Internal Server Error'
  const body = JSON.stringify({ statusCode, code, error: reason, message })
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store'
  }
  // HTTP/2 has no reason phrase. In HTTP/1 this one replaces what the middleware may have set.
  Reflect.apply(
    writeHead,
    raw,
    request.raw.httpVersionMajor > 1 ? [statusCode, headers] : [statusCode, reason, headers]
  )
  Reflect.apply(end, raw, [body])
}

/** Returns and calls the same as these methods do on success, because the middleware expects it. */
function swallow(raw: Raw, name: string, given: readonly unknown[]): unknown {
  const callback = given.at(-1)
  if (typeof callback === 'function') process.nextTick(callback) // the callback of write() and end()
  return name === 'write' ? true : raw
}

/**
 * Lets later not-found handlers answer with success. The handler's own `preHandler` hook allows the answer, because it runs
 * after all hooks of its context, any of which may be middleware.
 */
export function watchNotFoundHandlers(server: FastifyInstance): void {
  const setNotFoundHandler = Reflect.get(server, 'setNotFoundHandler') as Method // cast: it has two argument lists
  const allow: onRequestHookHandler = (request, _reply, done) => {
    allowAnswer(request)
    done()
  }
  Reflect.set(server, 'setNotFoundHandler', function (this: FastifyInstance, ...given: unknown[]): unknown {
    const [first, second] = given
    const [options, handler] = typeof first === 'function' ? [{}, first] : [first ?? {}, second] // the two argument lists
    const own: unknown = Reflect.get(options, 'preHandler')
    const preHandler = [allow, ...(own === undefined ? [] : [own].flat())]
    return Reflect.apply(setNotFoundHandler, this, [{ ...options, preHandler }, handler])
  })
}
