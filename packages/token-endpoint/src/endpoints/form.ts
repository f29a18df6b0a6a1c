import { readAhead } from '@latchkey/guard/plugin'
import type { FastifyRequest } from 'fastify'
import { formDecode } from '../form-decode.ts'
import { encodingOf, textOf } from './form-encoding.ts'
import { TokenError } from '../errors.ts'

/** The largest accepted body, in bytes. */
const LARGEST_FORM: number = 16 * 1024
const MOST_PARAMETERS = 32

/** The parsed body of a form request. */
export interface Form {
  /** The parameters. Each was sent once, and none is empty. */
  readonly parameters: ReadonlyMap<string, string>
  /** The values of `resource`, the only parameter that may be repeated. It is not in `parameters`. */
  readonly resources: readonly string[]
}

const forms = new WeakMap<FastifyRequest, Form>()

/**
 * An `onRequest` hook that reads the form of a request and refuses every other body. Stricter than Fastify, which accepts a
 * Content-Type that only begins correctly. Reads the body before hooks of the application can change it. {@link formOf} returns
 * the form.
 */
export async function readForm(request: FastifyRequest): Promise<void> {
  const encoding = encodingOf(request.headers['content-type'] ?? '')
  forms.set(request, parseForm(textOf(await readAhead(request, LARGEST_FORM), encoding)))
}

/** The form that {@link readForm} has read; an empty form if it has not run. */
export function formOf(request: FastifyRequest): Form {
  return forms.get(request) ?? NO_FORM
}

const NO_FORM: Form = { parameters: new Map(), resources: [] }

/**
 * The parameters of a form. "Parameters sent without a value MUST be treated as if they were omitted from the request", and
 * "request and response parameters MUST NOT be included more than once", except `resource`.
 *
 * @throws TokenError `invalid_request` for a repeated parameter, too many parameters, or text that is not UTF-8
 * @see [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2), [RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)
 */
function parseForm(body: string): Form {
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
