import type { FastifyContextConfig, FastifyInstance } from 'fastify'
import type { Authenticator } from './authenticator.ts'
import { RegistrationError } from '@latchkey/options'
import { metadataPath, metadataUrl, type ProtectedResource } from './protected-resource.ts'
import { rootOf } from './root-of.ts'
import { type AccessRule, alternatives, noAuthentication } from './rules.ts'
import { sendProtocolAnswer } from './protocol/answer.ts'
import { addPreflightRoute, type ProtocolRoute, protocolRoute } from './protocol/route.ts'

type Member = string | boolean | readonly string[]
type Members = Readonly<Record<string, Member | undefined>>

/** The metadata of a protected resource. */
export interface ResourceMetadata {
  /** The URL of the metadata, for the challenges. */
  readonly url: string
  /** Makes the document from the authenticators and rules. Called when the server is ready. */
  settle(authenticators: readonly Authenticator[], rules: readonly (AccessRule | null)[]): void
  /** Lets scripts of every origin read the document. */
  openToOtherOrigins(): void
}

/**
 * Serves the metadata at its well-known path. The path starts at the root of the server, even if the guard's context has a
 * prefix, because clients build it from the identifier alone. The document is public; the guard does not look at credentials
 * there, not even at valid ones.
 *
 * @throws RegistrationError when the server has a route there already
 * @see [RFC 9728 §3](https://www.rfc-editor.org/rfc/rfc9728#section-3)
 */
export function resourceMetadata(app: FastifyInstance, resource: ProtectedResource): ResourceMetadata {
  const url = metadataPath(resource.identifier)
  const root = rootOf(app)
  if (root.hasRoute({ method: 'GET', url })) {
    throw new RegistrationError(
      '@latchkey/guard',
      'resource must differ from the resource of another guard: this server has its metadata already'
    )
  }
  let document: object = {}
  let isOpen = false
  const config: FastifyContextConfig = { access: noAuthentication, otherRules: 'ignored' }
  const route: ProtocolRoute = {
    method: 'GET',
    url: url.replaceAll(':', '::'), // a single colon would begin a parameter
    config,
    exposeHeadRoute: true,
    isOpenToOtherOrigins: () => isOpen,
    handler: async (_request, reply) =>
      sendProtocolAnswer(reply, { headers: { 'cache-control': 'public, max-age=300' }, body: document })
  }
  protocolRoute(root, route)

  return {
    url: metadataUrl(resource.identifier),
    settle(authenticators, rules) {
      document = metadataDocument(resource, authenticators, rules)
    },
    openToOtherOrigins() {
      isOpen = true
      addPreflightRoute(root, route)
    }
  }
}

/**
 * Makes the metadata document. "Parameters with zero elements MUST be omitted".
 *
 * @see [RFC 9728 §2](https://www.rfc-editor.org/rfc/rfc9728#section-2), [RFC 9728 §3.2](https://www.rfc-editor.org/rfc/rfc9728#section-3.2)
 */
function metadataDocument(
  { identifier, name, documentation }: ProtectedResource,
  authenticators: readonly Authenticator[],
  rules: readonly (AccessRule | null)[]
): object {
  const asked = rules.flatMap((rule) => (rule ? alternatives(rule) : [])).flatMap(({ scopes }) => scopes)
  const takesBearer = authenticators.some(({ challenge }) => challenge?.toLowerCase() === 'bearer')
  const own: Members = {
    resource: identifier,
    scopes_supported: asked.toSorted(),
    bearer_methods_supported: takesBearer ? ['header'] : [],
    resource_name: name,
    resource_documentation: documentation
  }
  const members = new Map<string, Member>()
  for (const contributed of [own, ...authenticators.map((authenticator) => authenticator.resourceMetadata ?? {})]) {
    for (const [member, value] of Object.entries(contributed)) {
      if (value === undefined) continue
      members.set(member, united(members.get(member), value))
    }
  }
  return Object.fromEntries([...members].filter(([, value]) => typeof value === 'boolean' || value.length > 0))
}

function united(first: Member | undefined, next: Member): Member {
  if (first === undefined) return typeof next === 'object' ? [...new Set(next)] : next
  return typeof first === 'object' && typeof next === 'object' ? [...new Set([...first, ...next])] : first
}
