import type { FastifyRequest } from 'fastify'
import { TokenError } from './errors.ts'

/** What the body of a token request may have at most, in bytes. */
export const LARGEST_FORM: number = 16 * 1024
const MOST_PARAMETERS = 32
const FORM = /^application\/x-www-form-urlencoded[ \t]*(?:;[ \t]*charset=(?:utf-8|"utf-8")[ \t]*)?$/i

/** The parsed body of a token request. */
export interface Form {
  /** Each parameter was sent once, and none is empty. */
  readonly parameters: ReadonlyMap<string, string>
  /** The values of `resource`, the one parameter that may be repeated, which is not among the others. */
  readonly resources: readonly string[]
}

/**
 * An `onRequest` hook that lets nothing but forms in UTF-8 pass, before the body is read. Stricter than Fastify, which
 * takes a header that begins well.
 */
export async function requireForm(request: FastifyRequest): Promise<void> {
  if (FORM.test(request.headers['content-type'] ?? '')) return
  throw new TokenError('invalid_request', 'The body must be of the type application/x-www-form-urlencoded, in UTF-8')
}

/**
 * The parameters of a form. "Parameters sent without a value MUST be treated as if they were omitted from the request",
 * and "request and response parameters MUST NOT be included more than once", except `resource`.
 *
 * @throws TokenError `invalid_request` for a repeated parameter, too many of them, or text that is not UTF-8
 * @see [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2), [RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)
 */
export function parseForm(body: string): Form {
  // Node puts U+FFFD in place of bytes that are no UTF-8; two passwords must not become one.
  if (body.includes('\uFFFD')) throw malformed()
  const pairs = body.split('&', MOST_PARAMETERS + 1)
  if (pairs.length > MOST_PARAMETERS) throw new TokenError('invalid_request', 'The request has too many parameters')
  const all = new Map<string, string>()
  const resources: string[] = []
  for (const pair of pairs) {
    if (pair === '') continue
    const [name = '', ...value] = pair.split('=')
    const decoded = formDecode(name)
    if (all.has(decoded)) throw new TokenError('invalid_request', 'A parameter is repeated')
    if (decoded === 'resource') resources.push(formDecode(value.join('=')))
    else all.set(decoded, formDecode(value.join('=')))
  }
  return {
    parameters: new Map([...all].filter(([, value]) => value !== '')),
    resources: resources.filter((value) => value !== '')
  }
}

/**
 * The text that a part of a form stands for.
 *
 * @throws TokenError `invalid_request` for percent-encoding that is not UTF-8
 * @see [RFC 6749 Appendix B](https://www.rfc-editor.org/rfc/rfc6749#appendix-B)
 */
export function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw malformed()
  }
}

/** @throws TokenError `invalid_request` when the parameter is missing */
export function requiredParameter(name: string, parameters: Form['parameters']): string {
  const value = parameters.get(name)
  if (value === undefined) throw new TokenError('invalid_request', `${name} is missing`)
  return value
}

function malformed(): TokenError {
  return new TokenError('invalid_request', 'The body is not form-encoded in UTF-8')
}
