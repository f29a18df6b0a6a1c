import type { Identity } from '@latchkey/store'
import type { FastifyRequest } from 'fastify'
import type { LoginContext } from './authorization/context.ts'
import { LoginError } from './errors.ts'
import type { Verification } from './provider-client/provider-claims.ts'
import { findTokens, type KeptTokens } from './upstream-tokens/kept-tokens.ts'
import type { Claims } from './providers/provider.ts'
import { identifierIn } from './providers/provider-text.ts'
import type { RelyingParty } from './provider-client/relying-party.ts'
import type { LiveTokens } from './upstream-tokens/live-tokens.ts'
import { fetchUserinfo } from './provider-client/userinfo.ts'

/** A provider, for a page of one's own. */
export interface LoginChoice {
  readonly name: string
  readonly displayName: string
  /** Where a login with it begins. `?returnTo=/path` says where it ends. */
  readonly url: string
}

/** A provider's access token. It belongs on the server: never send it to the browser. */
export interface AccessToken {
  readonly accessToken: string
  readonly tokenType: 'Bearer'
  /** In whole seconds since the epoch; `null` when the provider did not say. */
  readonly expiresAt: number | null
  readonly scope: string | null
}

/** The options of {@link Login.tokens}. */
export interface TokensOptions {
  /**
   * An access token that the provider's API has refused, by 401 say. It is not given again: where it is still the one that is
   * kept it is refreshed, whatever its time, and `null` is the answer where that cannot be done. This is how tokens that do
   * not say when they end are refreshed. Default: none.
   */
  readonly refused?: string | undefined
}

/** `app.login`. */
export interface Login {
  readonly providers: readonly LoginChoice[]
  /**
   * A provider's access token for whoever is logged in, refreshed when it has expired: once, however many ask. `null`
   * without a session, without kept tokens, and when the person has to log in with the provider again.
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
   * What a provider says now of whoever is logged in, as it says it. `null` as for {@link Login.tokens}, and when the
   * person has withdrawn the access at the provider: a refresh is tried once.
   *
   * @throws LoginError when the provider cannot be asked, or has no userinfo endpoint, or speaks of somebody else
   */
  userinfo(request: FastifyRequest, provider: string): Promise<Claims | null>
  /** The identities that whoever is logged in can log in with. None without a session. */
  identities(request: FastifyRequest): Promise<readonly Identity[]>
  /**
   * Takes an identity from the account of whoever is logged in, and forgets its tokens. `false` when it does not have it.
   *
   * @throws LoginError `last_identity`, and `login_required` without a session
   */
  unlink(request: FastifyRequest, identity: Identity): Promise<boolean>
  /** Forgets the tokens that are kept of a provider. Does not revoke them. */
  forget(subject: string, provider: string): Promise<void>
}

/** @param live - `null` when tokens are not kept */
export function makeLogin(
  { options, parties, sessions, urls, tokens: kept }: LoginContext,
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
      // The provider withdrew the access token before its time.
      const refreshed = await liveTokensOf(request, party, found.accessToken)
      return refreshed && (await userinfoFor(refreshed, party, options))
    },

    async identities(request) {
      const subject = await subjectOf(request)
      return subject === null || accounts === undefined ? [] : await accounts.identities(subject)
    },

    async unlink(request, identity) {
      const subject = await subjectOf(request)
      if (subject === null || accounts === undefined) throw new LoginError('login_required')
      const known = await accounts.identities(subject)
      if (!known.some((one) => isSame(one, identity))) return false
      if (known.length === 1) throw new LoginError('last_identity')
      const isUnlinked = await accounts.unlink(subject, identity)
      const left = await accounts.identities(subject)
      if (left.length === 0) {
        // Somebody took the others meanwhile: nobody is left without a way in.
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

  // An account has the tokens of one identity of a provider, and maybe several identities.
  async function forgetUnlinked(accountId: string, unlinked: Identity, left: readonly Identity[]): Promise<void> {
    if (kept === null) return
    const owner = { accountId, provider: unlinked.provider }
    const isOfAnother = left.some(({ provider }) => provider === unlinked.provider)
    if (isOfAnother && (await findTokens(kept, owner))?.tokens.identity !== unlinked.subject) return
    await kept.remove(owner)
  }

  function partyOf(name: string): RelyingParty {
    const party = parties.get(name)
    if (party === undefined) throw new TypeError('app.login: there is no provider of this name')
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

/** `null` when the provider does not take the access token. */
async function userinfoFor(
  { accessToken, subject }: KeptTokens,
  party: RelyingParty,
  verification: Verification
): Promise<Claims | null> {
  const { userinfo } = await party.metadata()
  if (userinfo === undefined) throw new LoginError('provider_error', { cause: 'there is no userinfo endpoint' })
  const claims = await fetchUserinfo(userinfo, accessToken, party, verification)
  if (claims === null || subjectIn(claims, party) === subject) return claims
  throw new LoginError('provider_error', { cause: 'the userinfo endpoint speaks of somebody else' })
}

function subjectIn(userinfo: Claims, { provider }: RelyingParty): string | null {
  if (provider.issuer !== undefined) return identifierIn(userinfo['sub'])
  return identifierIn(provider.toIdentity({ claims: {}, userinfo, user: {} }).subject)
}

function isSame(one: Identity, other: Identity): boolean {
  return one.provider === other.provider && one.subject === other.subject
}
