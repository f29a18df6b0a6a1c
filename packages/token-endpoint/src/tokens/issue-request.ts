import * as o from '@latchkey/options'
import { LONGEST_SUBJECT } from '../clients/subject.ts'
import type { AccessTokenRequest } from './access-tokens.ts'
import { FAMILY_ID_IS, isFamilyId } from './family-id.ts'

const schema = o.asGiven<AccessTokenRequest>(
  o.members({
    subject: o.must(
      `be a string of 1 to ${LONGEST_SUBJECT} characters`,
      (value) => o.isText(value) && value.length <= LONGEST_SUBJECT
    ),
    clientId: o.text,
    scopes: o.optional(
      o.must('be a list or a set of scopes', (value) => o.isObject(value) && Symbol.iterator in value)
    ),
    resources: o.optional(o.listOf('be a list of resources', o.text)),
    authenticatedAt: o.optional(o.must('be a time in seconds', Number.isFinite)),
    familyId: o.optional(o.must(`be ${FAMILY_ID_IS}`, isFamilyId)),
    claims: o.optional(o.must('be a plain object', o.isRecord))
  })
)

/**
 * Checks the argument of `issue()`: every member is known and well-formed.
 *
 * @throws RegistrationError naming the member and the fix
 */
export function checkIssueRequest(request: AccessTokenRequest): AccessTokenRequest {
  return o.checkOptions('app.tokenEndpoint.issue()', schema, request)
}
