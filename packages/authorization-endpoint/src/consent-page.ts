import type { Principal, ScopeDescriptions } from '@latchkey/guard'
import type { Client } from '@latchkey/token-endpoint'
import type { ConsentPage, DescribedScope } from './pages.ts'
import { hostOf } from './request/redirect-uri.ts'

export interface Question extends Pick<ConsentPage, 'device' | 'form' | 'switchUserUrl'> {
  readonly client: Client
  /** The host that the answer goes to; `null` for an app on a device. */
  readonly redirectHost: string | null
  readonly principal: Principal
  /** The scopes that the user has not allowed yet. */
  readonly asked: readonly string[]
  /** All scopes that the client gets. */
  readonly scopes: readonly string[]
  readonly descriptions: ScopeDescriptions
}

/** Returns the page that asks a user whether a client may act for them. */
export function consentPage({
  client: { clientId, clientName = clientId },
  redirectHost,
  principal,
  asked,
  scopes,
  descriptions,
  ...rest
}: Question): ConsentPage {
  const described = (scope: string): DescribedScope => ({ scope, description: descriptions[scope] ?? scope })
  return {
    kind: 'consent',
    client: { clientId, name: clientName, host: hostOf(clientId) ?? redirectHost, redirectHost },
    user: nameOf(principal),
    scopes: asked.map(described),
    allowed: scopes.filter((scope) => !asked.includes(scope)).map(described),
    ...rest
  }
}

function nameOf({ claims, subject }: Principal): string {
  const { name, preferred_username: username, email } = claims
  const names: readonly unknown[] = [name, username, email]
  return names.find((value): value is string => typeof value === 'string' && value !== '') ?? subject
}
