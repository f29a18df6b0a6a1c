import type { PasswordCredentials } from '@latchkey/passwords'
import type { FastifyRequest } from 'fastify'
import { isRecord } from '@latchkey/options'
import { PasswordLoginError } from '../errors.ts'

/** The values that a form or a JSON object contains. The password is not among those that a page shows again. */
export interface Submission {
  readonly credentials: PasswordCredentials
  readonly isRemembered: boolean
  /** The parameters of the login page, unchecked. */
  readonly asked: Asked
}

/** The parameters of the login page, unchecked. */
export interface Asked {
  readonly returnTo?: string | undefined
  readonly prompt?: string | undefined
}

type Members = Readonly<Record<'username' | 'password' | 'returnTo' | 'prompt', string | undefined>> & {
  readonly remember: boolean
}

/** Whether the body of a request is JSON. Such a request gets a JSON answer. */
export function isJson({ headers }: FastifyRequest): boolean {
  return /^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? '')
}

/**
 * Reads the body of a login.
 *
 * @throws PasswordLoginError `invalid_request` when a member is missing, repeated or of the wrong type
 */
export function submissionOf({ body }: FastifyRequest): Submission {
  const { username, password, remember, returnTo, prompt } =
    body instanceof URLSearchParams ? ofForm(body) : ofJson(body)
  if (!username) throw new PasswordLoginError('invalid_request', { field: 'username' })
  if (!password) throw new PasswordLoginError('invalid_request', { field: 'password' })
  return { credentials: { username, password }, isRemembered: remember, asked: { returnTo, prompt } }
}

/** Returns the values of a request that failed, for the page that shows the form again. Never the password. */
export function typedIn({ body }: FastifyRequest): {
  readonly username: string
  readonly isRemembered: boolean | null
  readonly asked: Asked
} {
  if (!(body instanceof URLSearchParams)) return { username: '', isRemembered: null, asked: {} }
  const { username = '', returnTo, prompt } = Object.fromEntries(body)
  return { username, isRemembered: body.has('remember'), asked: { returnTo, prompt } }
}

/** Returns the values of a request that the log must not contain. The name too: people type their password into its field. */
export function secretsIn({ body }: FastifyRequest): readonly string[] {
  const members = body instanceof URLSearchParams ? [...body] : Object.entries(body ?? {})
  return members.flatMap(([name, value]: [string, unknown]) =>
    (name === 'username' || name === 'password') && typeof value === 'string' ? [value] : []
  )
}

function ofForm(form: URLSearchParams): Members {
  const one = (name: string): string | undefined => {
    const values = form.getAll(name)
    if (values.length > 1) throw new PasswordLoginError('invalid_request', { cause: `the field ${name} is repeated` })
    return values[0]
  }
  return {
    username: one('username'),
    password: one('password'),
    remember: one('remember') !== undefined,
    returnTo: one('returnTo'),
    prompt: one('prompt')
  }
}

function ofJson(body: unknown): Members {
  if (!isRecord(body)) throw new PasswordLoginError('invalid_request', { cause: 'the body is no object' })
  const text = (name: string): string | undefined => {
    const value = body[name]
    if (value === undefined || typeof value === 'string') return value
    throw new PasswordLoginError('invalid_request', { cause: `the member ${name} is no string` })
  }
  const { remember = false } = body
  if (typeof remember !== 'boolean') {
    throw new PasswordLoginError('invalid_request', { cause: 'the member remember is no boolean' })
  }
  return {
    username: text('username'),
    password: text('password'),
    remember,
    returnTo: text('returnTo'),
    prompt: undefined
  }
}
