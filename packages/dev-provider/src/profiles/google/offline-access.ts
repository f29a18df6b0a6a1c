import type { Configuration } from 'oidc-provider'
import type { Behaviour } from '../profile.ts'

/** The two parts of a rule: `authorized` records an authorization, `issueRefreshToken` decides at the token endpoint. */
interface OfflineAccess {
  readonly authorized: NonNullable<Behaviour['authorized']>
  readonly issueRefreshToken: NonNullable<Configuration['issueRefreshToken']>
}

/**
 * Google's rule for refresh tokens: the client has asked for `access_type=offline`, and the person has given consent again
 * (`prompt=consent`) or for the first time.
 */
export function offlineAccess(): OfflineAccess {
  const consents = new Set<string>()
  const codes = new Set<string>()
  return {
    authorized({ oidc }, code) {
      const consent = JSON.stringify([oidc.session?.accountId, oidc.client?.clientId])
      const agreed = oidc.prompts.has('consent') || !consents.has(consent)
      consents.add(consent)
      if (agreed && oidc.params?.['access_type'] === 'offline') codes.add(code)
    },
    issueRefreshToken: async (_ctx, _client, { jti }) => codes.delete(jti)
  }
}
