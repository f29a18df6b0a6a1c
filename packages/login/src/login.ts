import type { Identity } from '@latchkey/store'
import type { FastifyRequest } from 'fastify'
import type { LoginDependencies } from './authorization/dependencies.ts'
import { LoginError } from './errors.ts'
import type { Verification } from './provider-client/provider-claims.ts'
import { findTokens, type KeptTokens } from './upstream-tokens/kept-tokens.ts'
import { isProviderName } from './providers/provider-check.ts'
import type { Claims } from './providers/provider.ts'
import { identifierIn } from './providers/provider-text.ts'
import type { RelyingParty } from './provider-client/relying-party.ts'
import type { LiveTokens } from './upstream-tokens/live-tokens.ts'
import { fetchUserinfo } from './provider-client/userinfo.ts'

/** A provider, for a login page of the application. */
export interface LoginChoice {
  readonly name: string
  readonly displayName: string
  /** The URL where a login with this provider begins. `?returnTo=/path` sets where it ends. */
  readonly url: string
}

/** An access token of a provider. Keep it on the server: never send it to the browser. */
export interface AccessToken {
  readonly accessToken: string
  readonly tokenType: 'Bearer'
  /** In whole seconds since the epoch; `null` when the provider did not send a lifetime. */
  readonly expiresAt: number | null
  readonly scope: string | null
}

/** The options of {@link Login.tokens}. */
export interface TokensOptions {
  /**
   * An access token that the provider's API has refused, for example with 401. It is not returned again. If it is still the
   * kept token, it is refreshed even before it expires; if that is not possible, the result is `null`. This is how to refresh
   * tokens without a known expiry. Default: none.
   */
  readonly refused?: string | undefined
}

/** The members of `app.login`. */
export interface Login {
  readonly providers: readonly LoginChoice[]
  /**
   * Returns an access token of a provider for the logged-in user. An expired token is refreshed, only once for all concurrent
   * calls. Returns `null` without a session, without kept tokens, and when the user must log in with the provider again.
   *
   * @example
   * ```ts
   * let tokens = await app.login.tokens(request, 'salesforce')
   * let answer = await ask(tokens)
   * if (answer.status === 401 && tokens) {
   *   tokens = await app.login.tokens(request, 'salesforce', { refused: tokens.accessToken })
   *   answer = await ask(tokens)
   * }
   * ```
   * @throws LoginError when the provider cannot be asked
   */
  tokens(request: FastifyRequest, provider: string, options?: TokensOptions): Promise<AccessToken | null>
  /**
   * Fetches the current userinfo of the logged-in user from a provider, unchanged. If the provider refuses the access token, it
   * is refreshed once. Returns `null` in the cases of {@link Login.tokens}, and when the user has withdrawn the access at the
   * provider.
   *
   * @throws LoginError when the provider cannot be asked, or has no userinfo endpoint, or returns another person
   */
  userinfo(request: FastifyRequest, provider: string): Promise<Claims | null>
  /**
   * Returns the identities at providers that the logged-in user can log in with. Empty without a session. Leaves out the e-mail
   * address and the user name that `@latchkey/password-login` keeps.
   */
  identities(request: FastifyRequest): Promise<readonly Identity[]>
  /**
   * Removes an identity at a provider from the account of the logged-in user, and forgets its tokens. Returns `false` when the
   * account does not have the identity. The e-mail address of `@latchkey/password-login` counts as another identity: its user can
   * reset the password.
   *
   * @throws LoginError `last_identity`, and `login_required` without a session
   */
  unlink(request: FastifyRequest, identity: Identity): Promise<boolean>
  /** Forgets the kept tokens of a provider. Does not revoke them. */
  forget(subject: string, provider: string): Promise<void>
}

/** @param live - `null` when tokens are not kept */
export function makeLogin(
  { options, parties, sessions, urls, tokens: kept }: LoginDependencies,
  live: LiveTokens | null
): Login {
  const accounts = options.store?.accounts

  return Object.freeze({
    providers: Object.freeze(
      [...parties.values()].map(({ provider: { name, displayName = name } }) => {
        return Object.freeze({ name, displayName, url: urls.provider(name) })
      })
    ),

    async tokens(request, provider, { refused } = {}) {
      const found = await liveTokensOf(request, partyOf(provider), refused)
      if (found === null) return null
      const { accessToken, tokenType, expiresAt, scope } = found
      return { accessToken, tokenType, expiresAt, scope }
    },

    async userinfo(request, provider) {
      const party = partyOf(provider)
      const found = await liveTokensOf(request, party)
      if (found === null) return null
      const claims = await userinfoFor(found, party, options)
      if (claims !== null) return claims
      // The provider withdrew the access token before its expiry.
      const refreshed = await liveTokensOf(request, party, found.accessToken)
      return refreshed && (await userinfoFor(refreshed, party, options))
    },

    async identities(request) {
      const subject = await subjectOf(request)
      if (subject === null || accounts === undefined) return []
      return (await accounts.identities(subject)).filter(({ provider }) => isProviderName(provider))
    },

    async unlink(request, identity) {
      const subject = await subjectOf(request)
      if (subject === null || accounts === undefined) throw new LoginError('login_required')
      const known = await accounts.identities(subject)
      if (!isProviderName(identity.provider) || !known.some((one) => isSame(one, identity))) return false
      if (known.length === 1) throw new LoginError('last_identity')
      const isUnlinked = await accounts.unlink(subject, identity)
      const left = await accounts.identities(subject)
      if (left.length === 0) {
        // A concurrent request removed the other identities. Link this one again, so that the user can still log in.
        await accounts.link(subject, identity)
        throw new LoginError('last_identity')
      }
      await forgetUnlinked(subject, identity, left)
      return isUnlinked
    },

    async forget(subject, provider) {
      await kept?.remove({ accountId: subject, provider })
    }
  } satisfies Login)

  // An account can have several identities of one provider, but it has the tokens of only one of them.
  async function forgetUnlinked(accountId: string, unlinked: Identity, left: readonly Identity[]): Promise<void> {
    if (kept === null) return
    const owner = { accountId, provider: unlinked.provider }
    const isOfAnother = left.some(({ provider }) => provider === unlinked.provider)
    if (isOfAnother && (await findTokens(kept, owner))?.tokens.identity !== unlinked.subject) return
    await kept.remove(owner)
  }

  function partyOf(name: string): RelyingParty {
    const party = parties.get(name)
    if (party === undefined) throw new TypeError('app.login: no provider has this name')
    return party
  }

  async function subjectOf(request: FastifyRequest): Promise<string | null> {
    return (await sessions?.current(request))?.subject ?? null
  }

  async function liveTokensOf(
    request: FastifyRequest,
    party: RelyingParty,
    withdrawn?: string
  ): Promise<KeptTokens | null> {
    const subject = await subjectOf(request)
    if (subject === null || live === null) return null
    return await live({ accountId: subject, provider: party.provider.name }, party, withdrawn)
  }
}

/** Returns `null` when the provider refuses the access token. */
async function userinfoFor(
  { accessToken, subject }: KeptTokens,
  party: RelyingParty,
  verification: Verification
): Promise<Claims | null> {
  const { userinfo } = await party.metadata()
  if (userinfo === undefined) throw new LoginError('provider_error', { cause: 'the provider has no userinfo endpoint' })
  const claims = await fetchUserinfo(userinfo, accessToken, party, verification)
  if (claims === null || subjectIn(claims, party) === subject) return claims
  throw new LoginError('provider_error', { cause: 'the userinfo endpoint returned another subject' })
}

function subjectIn(userinfo: Claims, { provider }: RelyingParty): string | null {
  if (provider.issuer !== undefined) return identifierIn(userinfo['sub'])
  return identifierIn(provider.toIdentity({ claims: {}, userinfo, user: {} }).subject)
}

function isSame(one: Identity, other: Identity): boolean {
  return one.provider === other.provider && one.subject === other.subject
}
