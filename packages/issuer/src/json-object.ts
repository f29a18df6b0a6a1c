import { UpstreamError } from './errors.ts'

/** An object of JSON, whose members may be anything. */
export type JsonObject = Readonly<Record<string, unknown>>

/** @throws UpstreamError when the body of an answer is anything else */
export function requireObject(body: unknown): JsonObject {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('no JSON object')
  return body as JsonObject // of which nothing is known yet
}

/** An answer that is well-formed JSON and nothing that can be used. The reason is for the log. */
export function invalid(reason: string): UpstreamError {
  return new UpstreamError('LATCHKEY_UPSTREAM_INVALID', { cause: reason })
}
