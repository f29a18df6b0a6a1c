import { pathIn } from '@latchkey/guard/plugin'
import type { RecordStore } from '@latchkey/store'
import type { FastifyInstance } from 'fastify'
import type { AuthorizeDependencies } from '../authorize.ts'
import { addBrowserRoutes, prepareForBrowsers } from '../browser-routes.ts'
import { deviceCodes } from './codes.ts'
import { decisions } from './decisions.ts'
import { deviceEndpoint } from './endpoint.ts'
import { deviceGrant } from './grant.ts'
import type { ResolvedDeviceOptions } from './options.ts'
import { askForCode, decideDevice, type DevicePageDependencies, enterCode } from './page.ts'

/** The most wrong user codes. Of 20^8 codes, one address tries 50 in 15 minutes. */
const GUESSES = { failures: 10, failuresPerAddress: 50, failuresPerAccount: 50, window: 900 }

/** Ends the device codes that a user allowed at one client, or at all with `null`. Returns the families of their tokens. */
export type EndDeviceCodes = (subject: string, clientId: string | null) => Promise<readonly string[]>

/**
 * Adds the device authorization grant: the endpoint for devices, the page for users, the grant and its metadata.
 *
 * @param options - `null` adds nothing
 * @see [RFC 8628](https://www.rfc-editor.org/rfc/rfc8628)
 */
export async function addDeviceFlow(
  app: FastifyInstance,
  options: ResolvedDeviceOptions | null,
  records: RecordStore,
  dependencies: AuthorizeDependencies
): Promise<EndDeviceCodes> {
  if (options === null) return async () => []
  const { tokenEndpoint } = app
  const { path, verificationPath } = options
  const { issuer, seconds } = dependencies
  const codes = deviceCodes(records, options, seconds)
  const decided = decisions(records, seconds)
  const pagePath = pathIn(app, verificationPath)
  const verificationUri = new URL(pagePath, issuer).href

  // A decision is as old as its device code at most.
  tokenEndpoint.keepRevocations(options.lifetime)
  tokenEndpoint.addGrant(deviceGrant({ codes, decisions: decided, tokenEndpoint, seconds }))
  const endpoint = deviceEndpoint({ ...dependencies, ...options, codes, verificationUri })
  await tokenEndpoint.addClientEndpoint(app, endpoint)
  const pages: DevicePageDependencies = {
    ...dependencies,
    deviceCodes: codes,
    decisions: decided,
    guesses: tokenEndpoint.throttle('user codes', GUESSES),
    pagePath,
    decisionPath: `${pagePath}/decision`
  }
  await app.register(async (child) => addPages(child, verificationPath, pages))
  tokenEndpoint.addMetadata(() => ({ device_authorization_endpoint: new URL(pathIn(app, path), issuer).href }))
  return async (subject, clientId) => decided.endOf(subject, clientId)
}

/** Adds the page for users to a context of its own. */
async function addPages(child: FastifyInstance, path: string, dependencies: DevicePageDependencies): Promise<void> {
  await prepareForBrowsers(child, dependencies.render)
  addBrowserRoutes(child, path, {
    GET: async (sent, request, reply) => askForCode(codeIn(sent), request, reply, dependencies),
    POST: async (sent, request, reply) => enterCode(codeIn(sent), request, reply, dependencies)
  })
  addBrowserRoutes(child, `${path}/decision`, {
    POST: async (sent, request, reply) => decideDevice(codeIn(sent), sent.get('decision'), request, reply, dependencies)
  })
}

function codeIn(parameters: URLSearchParams): string {
  return parameters.get('user_code') ?? ''
}
