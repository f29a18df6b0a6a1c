import { authenticateClient } from '../clients/authentication.ts'
import type { ClientDirectory } from '../clients/directory.ts'
import type { TokenRequest } from '../grants/grant.ts'
import type { FormRoute } from './form-routes.ts'

/** A request to a {@link ClientEndpoint}. */
export interface ClientRequest extends TokenRequest {
  /** The values of the parameter `resource` (RFC 8707). They are not in `parameters`. */
  readonly resources: readonly string[]
}

/**
 * An endpoint for clients, beside the token endpoint. It authenticates clients in the same way.
 *
 * @see [RFC 9126 §2](https://www.rfc-editor.org/rfc/rfc9126#section-2), [RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1)
 */
export interface ClientEndpoint {
  /** The path within the context, such as `/par`. */
  readonly path: string
  /** The documentation for OpenAPI. Not used for validation. */
  readonly documentation: object
  /** The status of a successful answer: 200 to 299. Default: 200. */
  readonly statusCode?: number
  /**
   * Returns the body of the answer, sent as JSON.
   *
   * @throws TokenError for the client
   */
  readonly answer: (request: ClientRequest) => Promise<object>
}

/** The route of a client endpoint. */
export function clientRoute(
  { path, documentation, statusCode, answer }: ClientEndpoint,
  clients: ClientDirectory,
  isOpenToOtherOrigins: () => boolean
): FormRoute {
  return {
    url: path,
    schema: documentation,
    isOpenToOtherOrigins,
    ...(statusCode !== undefined && { statusCode }),
    async answer(request, { parameters, resources }) {
      const client = await authenticateClient(request, parameters, clients)
      return answer({ parameters, resources, client, request })
    }
  }
}
