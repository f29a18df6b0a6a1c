import type { PasswordCredentials } from '@latchkey/passwords'
import type { FastifyRequest } from 'fastify'
import { bodyOf, isJson } from '../body.ts'
import { PasswordLoginError } from '../errors.ts'
import type { LoginChoices } from '../start-session.ts'

/** The values that a form or a JSON object contains. */
export interface Submission extends LoginChoices {
  readonly credentials: PasswordCredentials
}

/** The parameters of the login page, unchecked. */
export interface Asked {
  readonly returnTo?: string | undefined
  readonly prompt?: string | undefined
}

/**
 * Reads the body of a login.
 *
 * @throws PasswordLoginError `invalid_request` when a member is missing, repeated or of the wrong type
 */
export function submissionOf(request: FastifyRequest): Submission {
  const body = bodyOf(request)
  const username = body.text('username')
  const password = body.text('password')
  const isRemembered = body.isTicked('remember')
  const returnTo = body.text('returnTo')
  // Only checked here: the page that shows the form again reads it. JSON has no page.
  if (!isJson(request)) body.text('prompt')
  if (!username) throw new PasswordLoginError('invalid_request', { field: 'username' })
  if (!password) throw new PasswordLoginError('invalid_request', { field: 'password' })
  return { credentials: { username, password }, isRemembered, returnTo }
}
