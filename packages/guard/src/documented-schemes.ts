import type { Authenticator } from './authenticator.ts'
import type { DocumentedScheme } from './security-scheme.ts'

/** Schemes that issue accepted credentials first, then the authenticators' own. */
export function documentedSchemes(
  authenticators: readonly Authenticator[],
  issued: readonly DocumentedScheme[]
): DocumentedScheme[] {
  const shown = authenticators.flatMap(({ scheme: opens, securitySchemes }) =>
    Object.entries(securitySchemes).map(([name, scheme]) => ({ name, opens, definition: () => scheme }))
  )
  return [...issued.filter(({ opens }) => authenticators.some(({ scheme }) => scheme === opens)), ...shown]
}
