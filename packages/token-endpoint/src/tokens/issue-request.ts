import { checkOptions, must, type OptionCheck, optional } from '@latchkey/guard'
import { LONGEST_SUBJECT } from '../clients/subject.ts'
import type { AccessTokenRequest } from './access-tokens.ts'

const NAME = 'app.tokenEndpoint.issue()'

const mustBeText = must('be a text', isText)
const checks: { readonly [Name in keyof Required<AccessTokenRequest>]: OptionCheck } = {
  subject: must(
    `be a text of 1 to ${LONGEST_SUBJECT} characters`,
    (value) => isText(value) && String(value).length <= LONGEST_SUBJECT
  ),
  clientId: mustBeText,
  scopes: optional(
    must(
      'be a list or a set of scopes',
      (value) => typeof value === 'object' && value !== null && Symbol.iterator in value
    )
  ),
  resources: optional(must('be a list of texts', (value) => Array.isArray(value) && value.every(isText))),
  authenticatedAt: optional(must('be a time in seconds', Number.isFinite)),
  familyId: optional(mustBeText)
}

/**
 * Checks the argument of `issue()`: every member is known and well-formed.
 *
 * @throws InvalidOptionError naming the member and the fix
 */
export function checkIssueRequest(request: AccessTokenRequest): AccessTokenRequest {
  return checkOptions(NAME, request, checks)
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}
