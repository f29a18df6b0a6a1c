import type { DevClient } from './client.ts'
import type { Profile } from './profile.ts'

/**
 * Returns the expression for the option `providers` of `@latchkey/login` that logs in with a running provider, such as
 * `discord({ baseUrl: 'http://127.0.0.1:4000', clientId: 'latchkey', clientSecret: '...' })`.
 */
export function registrationOf(profile: Profile, { clientId, clientSecret }: DevClient, issuer: string): string {
  const members = Object.entries({ ...profile.registration(issuer), clientId, clientSecret })
  // Ids and secrets of clients consist of [A-Za-z0-9._~-], so nothing has to be escaped.
  return `${profile.name}({ ${members.map(([name, value]) => `${name}: '${value}'`).join(', ')} })`
}
