import type { OAuthFlows } from '@latchkey/guard'
import * as o from '@latchkey/options'
import type { FindClient } from './clients/client.ts'
import type { ClientEndpoint } from './endpoints/client-endpoint.ts'
import type { MetadataMember } from './endpoints/server-metadata.ts'

type Metadata = Readonly<Record<string, MetadataMember>>

/** The members that other plugins add to the metadata, and the flows that they add to the documentation. */
export interface Extensions {
  readonly addMetadata: (members: () => Metadata) => void
  readonly addFlows: (flows: (tokenUrl: string) => OAuthFlows) => void
  /** All added members. The last plugin that adds a member decides its value. */
  readonly metadata: () => Metadata
  /** All added flows. */
  readonly flows: (tokenUrl: string) => OAuthFlows
}

export function extensions(): Extensions {
  const members: (() => Metadata)[] = []
  const flows: ((tokenUrl: string) => OAuthFlows)[] = []
  return {
    addMetadata: (added) => void members.push(argument('addMetadata', 'members', o.aFunction(), added)),
    addFlows: (added) => void flows.push(argument('addFlows', 'flows', o.aFunction(), added)),
    metadata: () => Object.fromEntries(members.flatMap((added) => Object.entries(added()))),
    flows: (tokenUrl) => Object.fromEntries(flows.flatMap((added) => Object.entries(added(tokenUrl))))
  }
}

/**
 * Checks the argument of `addClients()`.
 *
 * @throws RegistrationError when it is not a function
 */
export function checkFindClient(findClient: FindClient): FindClient {
  return argument('addClients', 'findClient', o.aFunction(), findClient)
}

/**
 * Checks the argument of `addClientEndpoint()`.
 *
 * @throws RegistrationError naming the member and the fix
 */
export function checkClientEndpoint(endpoint: ClientEndpoint): ClientEndpoint {
  return o.checkOptions('app.tokenEndpoint.addClientEndpoint()', clientEndpoint, endpoint)
}

const clientEndpoint = o.asGiven<ClientEndpoint>(
  o.members({
    path: o.must('be a path that begins with a slash and does not end with one, such as /par', o.isRoutePath),
    documentation: o.must('be an object', o.isObject),
    statusCode: o.optional(o.must('be a whole number from 200 to 299', (value) => o.isWhole(value, 200, 299))),
    answer: o.aFunction()
  })
)

function argument<Value>(method: string, name: string, schema: o.Schema<Value>, value: Value): Value {
  return o.checkArgument(`app.tokenEndpoint.${method}()`, name, schema, value)
}
