import { parseUrl } from '@latchkey/options'
import type { Client } from '../clients/client.ts'
import { TokenError } from '../errors.ts'
import type { Granted } from './grant.ts'

const PRINTABLE = /^[\x21-\x7E]+$/

/** Whether a value is an absolute URI without a fragment. */
export function isResource(value: unknown): boolean {
  return typeof value === 'string' && PRINTABLE.test(value) && !value.includes('#') && parseUrl(value) !== null
}

/**
 * The resources that a request names, or `null` when it names none.
 *
 * @throws TokenError `invalid_target` for a resource that is not an absolute URI, or has a fragment
 * @see [RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)
 */
export function requestedResources(resources: readonly string[]): readonly string[] | null {
  if (!resources.every(isResource)) {
    throw new TokenError('invalid_target', 'The resource must be an absolute URI without a fragment')
  }
  return resources.length > 0 ? [...new Set(resources)] : null
}

/**
 * The resources of the access token: those of the request, or else those of the sign-in, or else the first that the client may
 * have.
 *
 * @param all - the resources of the token endpoint, the default first
 * @throws TokenError `invalid_target` when a resource is not allowed for this client or this sign-in, or when none is left
 */
export function grantedResources(
  requested: readonly string[] | null,
  all: readonly string[],
  client: Client,
  granted: Granted
): readonly string[] {
  const allowed = all.filter((resource) => client.resources?.includes(resource) ?? true)
  const usual = allowed.slice(0, 1)
  const bound = granted.resources?.length === 0 ? usual : granted.resources
  const most = allowed.filter((resource) => bound?.includes(resource) ?? true)
  const resources = requested ?? (bound === undefined ? usual : most)
  if (resources.length === 0 || !resources.every((resource) => most.includes(resource))) {
    throw new TokenError('invalid_target', 'The resource is unknown, or not for this client')
  }
  return resources
}
