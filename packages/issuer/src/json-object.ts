import { isRecord } from '@latchkey/options'
import { UpstreamError } from './errors.ts'

/** A JSON object with members of any type. */
export type JsonObject = Readonly<Record<string, unknown>>

/** @throws UpstreamError when the body of an answer is anything else */
export function requireObject(body: unknown): JsonObject {
  if (!isRecord(body)) throw invalid('no JSON object')
  return body // its members are still unchecked
}

/** The error for an answer that is well-formed JSON but cannot be used. The reason is for the log. */
export function invalid(reason: string): UpstreamError {
  return new UpstreamError('LATCHKEY_UPSTREAM_INVALID', { cause: reason })
}
