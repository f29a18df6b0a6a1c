import { LoginError } from '../errors.ts'
import type { Provider } from '../providers/provider.ts'

/**
 * Returns the parameters that ask a provider for a fresh login: the provider's own parameters, without those that would prevent
 * one.
 *
 * @throws LoginError `recent_login_required` when the provider cannot prove a fresh login
 * @see [OpenID Connect Core 1.0 §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)
 */
export function freshLoginParameters(provider: Provider): Readonly<Record<string, string>> {
  const { issuer, parameters, freshLogin = defaultsFor(issuer), insecureTrustUnprovenLogin = false } = provider
  if (issuer === undefined && !insecureTrustUnprovenLogin) throw unproven()
  const { prompt: own, ...others } = { ...parameters, ...freshLogin }
  const prompt = promptsOf(own, parameters?.['prompt'])
  return { ...others, ...(prompt !== '' && { prompt }) }
}

/** The error for a login that must be fresh, if the provider sends no time of the login. */
export function unproven(): LoginError {
  const cause = 'the provider does not prove that a login is fresh: see its option insecureTrustUnprovenLogin'
  return new LoginError('recent_login_required', { cause })
}

// "When max_age is used, the ID Token returned MUST include an auth_time Claim Value."
function defaultsFor(issuer: string | undefined): Readonly<Record<string, string>> {
  return issuer === undefined ? { prompt: 'login' } : { prompt: 'login', max_age: '0' }
}

// `none` would prevent any prompt, and cannot be combined with another value.
function promptsOf(...lists: readonly (string | undefined)[]): string {
  const prompts = lists.flatMap((list = '') => list.split(' ')).filter((prompt) => prompt !== '' && prompt !== 'none')
  return [...new Set(prompts)].join(' ')
}
