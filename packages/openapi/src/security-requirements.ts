import type { AccessRule } from '@latchkey/guard'
import { type Alternative, alternatives } from '@latchkey/guard/plugin'

/** An OpenAPI Security Requirement Object: every named scheme is required, with these scopes or roles. */
export type SecurityRequirement = Readonly<Record<string, readonly string[]>>

/** The members of a security scheme that a requirement needs. */
export interface NamedScheme {
  readonly name: string
  readonly type: string
}

/**
 * Returns the `security` of an operation: one requirement for each alternative of the rule with each scheme. One of them is
 * enough. `[]` means that the operation is public, `{}` that it also serves anonymous callers.
 *
 * For a scheme without scopes of its own (`http`, `apiKey`) they are listed as roles, if the document's version has roles.
 *
 * @param version - the document's `openapi` field
 * @see [OpenAPI 3.1 Security Requirement Object](https://spec.openapis.org/oas/v3.1.1#security-requirement-object)
 */
export function securityRequirements(
  rule: AccessRule,
  schemes: readonly NamedScheme[],
  version: string
): readonly SecurityRequirement[] {
  const ways = alternatives(rule)
  if (ways.every((way) => !way.authenticated)) return []
  const requirements = ways.flatMap((way) => (way.authenticated ? schemes.map((scheme) => one(way, scheme)) : [{}]))
  return [...new Map(requirements.map((requirement) => [JSON.stringify(requirement), requirement])).values()]

  function one(way: Alternative, scheme: NamedScheme): SecurityRequirement {
    const named = scheme.type === 'oauth2' || scheme.type === 'openIdConnect' || !version.startsWith('3.0')
    return { [scheme.name]: named ? way.scopes : [] }
  }
}
