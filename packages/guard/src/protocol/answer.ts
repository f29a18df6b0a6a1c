import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** An answer that a protocol prescribes. */
export interface ProtocolAnswer {
  /** Default: 200. */
  readonly statusCode?: number
  /** The headers of the answer. Hooks may add others, but do not change these. Default: none. */
  readonly headers?: Readonly<Record<string, string | number>>
  /** An object is sent as JSON. A text is sent unchanged, with its `content-type` from `headers`. `null` is no body. */
  readonly body: object | string | null
}

interface Sent {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string | number>>
  readonly payload: string | null
}

const JSON_TYPE = 'application/json; charset=utf-8'
// Headers that a hook may have set for another body.
const OF_OTHER_BODIES = ['content-encoding', 'content-length', 'transfer-encoding', 'content-type']

const sent = new WeakMap<FastifyReply, Sent>()

/**
 * Sends an answer unchanged, on a route of {@link protocolRoute}. No serializer and no `preSerialization` hook runs. An
 * `onSend` hook cannot change its body, its status or its headers. For authors of plugins.
 *
 * @example handler: async (_request, reply) => sendProtocolAnswer(reply, { statusCode: 200, body: { keys } })
 */
export function sendProtocolAnswer(
  reply: FastifyReply,
  { statusCode = 200, headers = {}, body }: ProtocolAnswer
): FastifyReply {
  const isObject = typeof body === 'object' && body !== null
  const payload = isObject ? JSON.stringify(body) : body
  const all = isObject ? { 'content-type': JSON_TYPE, ...headers } : headers
  sent.set(reply, { statusCode, headers: all, payload })
  return reply
    .code(statusCode)
    .headers(all)
    .serializer(asItIs)
    .send(payload ?? undefined)
}

/**
 * The last `onSend` hook of a protocol route: restores the answer that earlier hooks changed. An answer without
 * {@link sendProtocolAnswer}, such as a refusal by a hook, stays unchanged. So does 304 to a conditional request.
 */
export async function putBack(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  const answer = sent.get(reply)
  if (answer === undefined || isNotModified(request, reply, answer)) return payload
  if (payload !== answer.payload) discard(payload)
  for (const name of OF_OTHER_BODIES) reply.removeHeader(name)
  reply.code(answer.statusCode).headers(answer.headers)
  if (request.method !== 'HEAD' || answer.payload === null) return answer.payload
  reply.header('content-length', Buffer.byteLength(answer.payload))
  return null
}

/** An `onError` hook: an answer that a later error replaces is not restored. */
export async function forget(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  sent.delete(reply)
}

// An error handler may still answer the same request with an object.
function asItIs(payload: unknown): string {
  return typeof payload === 'string' ? payload : JSON.stringify(payload)
}

function isNotModified({ method }: FastifyRequest, reply: FastifyReply, { statusCode }: Sent): boolean {
  return reply.statusCode === 304 && statusCode === 200 && (method === 'GET' || method === 'HEAD')
}

/** Destroys a stream that replaced the answer, such as that of a compression: it would wait for its reader forever. */
function discard(payload: unknown): void {
  if (payload instanceof Readable) payload.destroy()
}
