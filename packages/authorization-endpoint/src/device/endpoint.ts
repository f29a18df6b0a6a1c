import { type ClientEndpoint, type ClientRequest, TokenError } from '@latchkey/token-endpoint'
import type { AuthorizationError } from '../errors.ts'
import { tokenErrorFor } from '../request/pushed.ts'
import { resourcesIn, scopesIn } from '../request/request-checks.ts'
import type { CountRequest } from '../request-limit.ts'
import type { DeviceCodes, DeviceRequest } from './codes.ts'
import { DEVICE_CODE } from './grant.ts'
import type { ResolvedDeviceOptions } from './options.ts'

export interface DeviceEndpointDependencies extends Pick<ResolvedDeviceOptions, 'path' | 'lifetime' | 'interval'> {
  readonly codes: DeviceCodes
  /** The URL of the page where the user enters the code. */
  readonly verificationUri: string
  /** The resources of the token endpoint. */
  readonly resources: readonly string[]
  /** Counts a request that a stranger makes the server keep. */
  readonly count: CountRequest
}

/**
 * The endpoint where a device gets its codes. Its errors are those of the token endpoint.
 *
 * @see [RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1), [§3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2)
 */
export function deviceEndpoint({
  path,
  lifetime,
  interval,
  codes,
  verificationUri,
  resources,
  count
}: DeviceEndpointDependencies): ClientEndpoint {
  return {
    path,
    documentation: {
      tags: ['OAuth'],
      summary: 'Get the codes of a device (RFC 8628)',
      consumes: ['application/x-www-form-urlencoded']
    },
    async answer(sent) {
      await count(sent.request)
      const asked = readDeviceRequest(sent, resources)
      const { deviceCode, userCode } = await codes.issue(asked)
      return {
        device_code: deviceCode,
        user_code: userCode,
        verification_uri: verificationUri,
        verification_uri_complete: `${verificationUri}?user_code=${userCode}`,
        expires_in: lifetime,
        interval
      }
    }
  }
}

function readDeviceRequest({ client, parameters, resources }: ClientRequest, all: readonly string[]): DeviceRequest {
  const { clientId, grantTypes } = client
  if (!grantTypes.includes(DEVICE_CODE)) {
    throw new TokenError('unauthorized_client', 'The client may not use the device code grant')
  }
  try {
    return { clientId, scopes: scopesIn(parameters.get('scope')), resources: resourcesIn({ resources }, client, all) }
  } catch (error) {
    throw tokenErrorFor(error as AuthorizationError) // the only class that is thrown above
  }
}
