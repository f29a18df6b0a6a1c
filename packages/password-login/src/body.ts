import { isRecord } from '@latchkey/options'
import type { FastifyRequest } from 'fastify'
import { PasswordLoginError } from './errors.ts'

/** The members of a body: the fields of a form, or the members of a JSON object. Unchecked, except for their types. */
export interface Body {
  /** @throws PasswordLoginError `invalid_request` when the member is repeated, or is no text */
  text(name: string): string | undefined
  /** Whether a checkbox is ticked. @throws PasswordLoginError `invalid_request` when the member is repeated, or is no boolean */
  isTicked(name: string): boolean
}

/** Members that the log may contain. All others may be secrets: people type their password into any field. */
const PUBLIC = ['remember', 'returnTo', 'prompt']

/** Whether the body of a request is JSON. Such a request gets a JSON answer. */
export function isJson({ headers }: FastifyRequest): boolean {
  return /^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? '')
}

/**
 * Returns the members of a body.
 *
 * @throws PasswordLoginError `invalid_request` when it is neither a form nor a JSON object
 */
export function bodyOf({ body }: FastifyRequest): Body {
  if (body instanceof URLSearchParams) return formBody(body)
  if (isRecord(body)) return jsonBody(body)
  throw new PasswordLoginError('invalid_request', { cause: 'the body is no object' })
}

/** Returns the fields of a form that failed, for the page that shows it again. A repeated field has its last value. */
export function typedIn({ body }: FastifyRequest): Readonly<Record<string, string | undefined>> {
  return body instanceof URLSearchParams ? Object.fromEntries(body) : {}
}

/** Returns the texts of a body that the log must not contain. */
export function secretsIn({ body }: FastifyRequest): readonly string[] {
  const entries = body instanceof URLSearchParams ? [...body] : Object.entries(body ?? {})
  return entries.flatMap(([name, value]: [string, unknown]) =>
    !PUBLIC.includes(name) && typeof value === 'string' ? [value] : []
  )
}

function formBody(form: URLSearchParams): Body {
  const text = (name: string): string | undefined => {
    const values = form.getAll(name)
    if (values.length > 1) throw new PasswordLoginError('invalid_request', { cause: `the field ${name} is repeated` })
    return values[0]
  }
  return { text, isTicked: (name) => text(name) !== undefined }
}

function jsonBody(body: Readonly<Record<string, unknown>>): Body {
  return {
    text(name) {
      const value = body[name]
      if (value === undefined || typeof value === 'string') return value
      throw new PasswordLoginError('invalid_request', { cause: `the member ${name} is no string` })
    },
    isTicked(name) {
      const { [name]: value = false } = body
      if (typeof value === 'boolean') return value
      throw new PasswordLoginError('invalid_request', { cause: `the member ${name} is no boolean` })
    }
  }
}
