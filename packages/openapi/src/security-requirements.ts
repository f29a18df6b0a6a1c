import { type AccessRule, type Alternative, alternatives } from '@latchkey/guard'

/** An OpenAPI Security Requirement Object: every scheme that it names is needed, with these scopes or roles. */
export type SecurityRequirement = Readonly<Record<string, readonly string[]>>

/** What a requirement needs to know of a security scheme. */
export interface NamedScheme {
  readonly name: string
  readonly type: string
}

/**
 * The `security` of an operation: one requirement for each way to satisfy the rule with each scheme, any of which will
 * do. `[]` says that the operation is public, `{}` that it serves anonymous callers too.
 *
 * A scheme without scopes of its own (`http`, `apiKey`) names them as roles, where the document's version has roles.
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
