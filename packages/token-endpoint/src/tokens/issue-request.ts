import {
  asGiven,
  checkOptions,
  isObject,
  isRecord,
  isText,
  listOf,
  members,
  must,
  optional,
  text
} from '@latchkey/options'
import { LONGEST_SUBJECT } from '../clients/subject.ts'
import type { AccessTokenRequest } from './access-tokens.ts'
import { FAMILY_ID_IS, isFamilyId } from './family-id.ts'

const schema = asGiven<AccessTokenRequest>(
  members({
    subject: must(
      `be a string of 1 to ${LONGEST_SUBJECT} characters`,
      (value) => isText(value) && value.length <= LONGEST_SUBJECT
    ),
    clientId: text,
    scopes: optional(must('be a list or a set of scopes', (value) => isObject(value) && Symbol.iterator in value)),
    resources: optional(listOf('be a list of resources', text)),
    authenticatedAt: optional(must('be a time in seconds', Number.isFinite)),
    familyId: optional(must(`be ${FAMILY_ID_IS}`, isFamilyId)),
    claims: optional(must('be a plain object', isRecord))
  })
)

/**
 * Checks the argument of `issue()`: every member is known and well-formed.
 *
 * @throws RegistrationError naming the member and the fix
 */
export function checkIssueRequest(request: AccessTokenRequest): AccessTokenRequest {
  return checkOptions('app.tokenEndpoint.issue()', schema, request)
}
