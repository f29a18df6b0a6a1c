import { checkOptions, FROM_ENVIRONMENT, must, shape } from '@latchkey/options'
import type { Claims, ClientOptions, Provider, ProviderSources } from './provider.ts'
import { clientOf, provider } from './define-provider.ts'
import { microsoftMark } from './marks.ts'
import { standardIdentity } from './standard-claims.ts'

/** The options of {@link microsoft}. */
export interface MicrosoftOptions extends ClientOptions {
  /**
   * The tenant whose users may log in, by its identifier (a UUID). Or `'common'` (any tenant, and personal accounts),
   * `'organizations'` (any tenant), `'consumers'` (personal accounts). Not a domain: the issuer of a tenant contains its
   * identifier.
   */
  readonly tenant: string
  /** The server, to replace Microsoft in tests. Default: `https://login.microsoftonline.com`. */
  readonly baseUrl?: string | undefined
}

const SHARED = new Set(['common', 'organizations', 'consumers'])
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const schema = shape<MicrosoftOptions>({
  tenant: must("be the UUID of a directory, 'common', 'organizations' or 'consumers'", isTenant, FROM_ENVIRONMENT)
})

/**
 * Login with Microsoft Entra ID and personal Microsoft accounts, by OpenID Connect. Asks for `openid profile email`. E-mail
 * addresses count as unverified: the administrator of a tenant can give a user any address. A fresh login can be proven if the
 * app registration has the optional claim `auth_time` for ID tokens.
 *
 * @throws RegistrationError for a `tenant` that is not one of these
 * @example
 * ```ts
 * microsoft({ clientId: ENTRA_ID, clientSecret: ENTRA_SECRET, tenant: 'organizations' })
 * ```
 * @see [Microsoft identity platform and OpenID Connect](https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc)
 */
export function microsoft(options: MicrosoftOptions): Provider {
  const { baseUrl = 'https://login.microsoftonline.com' } = options
  // Issuers contain the UUID in lower case.
  const tenant = checkOptions('microsoft()', schema, options).tenant.toLowerCase()
  const isShared = SHARED.has(tenant)
  return provider({
    ...clientOf(options, {
      name: 'microsoft',
      displayName: 'Microsoft',
      mark: microsoftMark,
      scopes: ['openid', 'profile', 'email']
    }),
    issuer: `${baseUrl}/${tenant}/v2.0`,
    clientAuthentication: 'client_secret_post',
    userinfo: false,
    // The metadata of a shared endpoint contains a pattern of issuers, not one issuer, so it cannot be discovered.
    ...(isShared && { endpoints: sharedEndpoints(baseUrl, tenant), issuerOf: (claims) => issuerOf(baseUrl, claims) }),
    toIdentity: (sources) => ({
      ...standardIdentity(sources),
      subject: subjectOf(sources, isShared),
      emailVerified: false
    })
  })
}

function isTenant(value: unknown): boolean {
  return typeof value === 'string' && (SHARED.has(value.toLowerCase()) || UUID.test(value.toLowerCase()))
}

function sharedEndpoints(baseUrl: string, tenant: string): Provider['endpoints'] {
  return {
    authorization: `${baseUrl}/${tenant}/oauth2/v2.0/authorize`,
    token: `${baseUrl}/${tenant}/oauth2/v2.0/token`,
    jwks: `${baseUrl}/${tenant}/discovery/v2.0/keys`,
    endSession: `${baseUrl}/${tenant}/oauth2/v2.0/logout`
  }
}

function issuerOf(baseUrl: string, { tid }: Claims): string {
  return `${baseUrl}/${typeof tid === 'string' && UUID.test(tid) ? tid : 'no-directory'}/v2.0`
}

// A subject is unique only within its issuer, and a shared endpoint has many issuers.
function subjectOf({ claims: { tid, sub } }: ProviderSources, isShared: boolean): unknown {
  return isShared && typeof sub === 'string' ? `${String(tid)}.${sub}` : sub
}
