import type { AccessRule } from '@latchkey/guard'

/** A rule as the code of an application writes it. */
export function ruleText(rule: AccessRule): string {
  if (rule.kind === 'recentLogin') return `recentLogin({ maxAge: ${rule.maxAge} })`
  if (rule.kind !== 'allOf' && rule.kind !== 'anyOf') return rule.kind
  return `${rule.kind}(${rule.of.map((part) => (typeof part === 'string' ? part : ruleText(part))).join(', ')})`
}
