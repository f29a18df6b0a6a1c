import { LoginError } from '../errors.ts'
import type { Provider } from '../providers/provider.ts'

/**
 * The parameters that ask a provider for a fresh login: its own as well, but none that would take that back.
 *
 * @throws LoginError `recent_login_required` when nothing that comes back could prove one
 * @see [OpenID Connect Core 1.0 §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)
 */
export function freshLoginParameters(provider: Provider): Readonly<Record<string, string>> {
  const { issuer, parameters, freshLogin = defaultsFor(issuer), trustUnprovenLogin = false } = provider
  if (issuer === undefined && !trustUnprovenLogin) throw unproven()
  const { prompt: own, ...others } = { ...parameters, ...freshLogin }
  const prompt = promptsOf(own, parameters?.['prompt'])
  return { ...others, ...(prompt !== '' && { prompt }) }
}

/** Why a login is not fresh that the provider says no time of. */
export function unproven(): LoginError {
  const cause = 'the provider does not prove that a login is fresh: see its option trustUnprovenLogin'
  return new LoginError('recent_login_required', { cause })
}

// "When max_age is used, the ID Token returned MUST include an auth_time Claim Value."
function defaultsFor(issuer: string | undefined): Readonly<Record<string, string>> {
  return issuer === undefined ? { prompt: 'login' } : { prompt: 'login', max_age: '0' }
}

// With `none` the provider would ask nothing, and it goes with no other.
function promptsOf(...lists: readonly (string | undefined)[]): string {
  const prompts = lists.flatMap((list = '') => list.split(' ')).filter((prompt) => prompt !== '' && prompt !== 'none')
  return [...new Set(prompts)].join(' ')
}
