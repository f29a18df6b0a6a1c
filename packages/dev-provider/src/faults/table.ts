import { setTimeout as elapsed } from 'node:timers/promises'
import { decodeJwt, decodeProtectedHeader, importJWK, type JWTPayload, SignJWT } from 'jose'
import type { AdapterPayload } from 'oidc-provider'
import type { Context } from '../context.ts'
import type { Endpoint } from '../profiles/endpoints.ts'
import { SIGNING_ALGORITHM, type SigningKey } from '../signing-key.ts'
import { now, type Store } from '../store.ts'
import type { FaultName } from './settings.ts'

/** The request that a fault strikes, its settings, and the provider's data. */
export interface Strike {
  readonly ctx: Context
  readonly delay: number
  readonly status: number
  readonly store: Store
  /** Returns the current private signing key. */
  readonly signingKey: () => SigningKey
  /** Replaces the signing key. */
  readonly rotateKeys: () => Promise<void>
}

/** A failure that the provider can imitate, as a value. */
export interface Fault {
  /** One line for the page and the command line. */
  readonly summary: string
  /** The endpoints where it can strike, the default first. */
  readonly endpoints: readonly [Endpoint, ...Endpoint[]]
  /** Runs around the request. Returns whether it made a difference: if not, it does not count. */
  strike(strike: Strike, next: () => Promise<void>): Promise<boolean>
}

const ANYWHERE = ['token', 'authorization', 'userinfo', 'revocation', 'jwks', 'discovery', 'logout'] as const
const OTHER_ISSUER = 'https://other-issuer.example'

/** All faults, in the order in which they are listed. */
export const faults: Readonly<Record<FaultName, Fault>> = {
  deny: {
    summary: 'The answer to an authorization request is access_denied',
    endpoints: ['authorization'],
    async strike({ ctx }, next) {
      // The interaction policy throws the refusal, so that oidc-provider sends it only to a checked address.
      ctx.state['isDenied'] = true
      await next()
      return true
    }
  },
  'expired-code': {
    summary: 'The authorization code has expired: invalid_grant',
    endpoints: ['token'],
    strike: withCodes(() => ({ exp: now() - 1 }))
  },
  'reused-code': {
    summary: 'The authorization code has been used before: invalid_grant',
    endpoints: ['token'],
    strike: withCodes(() => ({ consumed: now() }))
  },
  'wrong-nonce': {
    summary: 'The ID token has the nonce of another login',
    endpoints: ['token'],
    strike: withIdToken({ nonce: 'nonce-of-another-login' })
  },
  'wrong-issuer': {
    summary: 'The ID token has the iss of another provider',
    endpoints: ['token'],
    strike: withIdToken({ iss: OTHER_ISSUER })
  },
  // A mix-up attack: https://www.rfc-editor.org/rfc/rfc9207#section-2.4
  'wrong-iss-parameter': {
    summary: 'The redirect to the client has the iss of another provider (RFC 9207)',
    endpoints: ['authorization'],
    async strike({ ctx }, next) {
      await next()
      const location = ctx.response.get('location')
      // In the query or the fragment.
      const altered = location.replace(/([?&#]iss=)[^&#]*/, `$1${encodeURIComponent(OTHER_ISSUER)}`)
      if (altered === location) return false
      ctx.set('location', altered)
      return true
    }
  },
  'rotated-key': {
    summary: 'A new key signs from this token request on, and the old key is removed from the key set',
    endpoints: ['token'],
    async strike(strike, next) {
      await strike.rotateKeys()
      await next()
      // This request already has an ID token that the old key signed.
      await signAgain(strike, {})
      return true
    }
  },
  slow: {
    summary: 'The answer is delayed',
    endpoints: ANYWHERE,
    async strike({ delay }, next) {
      // The timer must not keep the process alive when the provider is closed meanwhile.
      await elapsed(delay, undefined, { ref: false })
      await next()
      return true
    }
  },
  unavailable: {
    summary: 'The endpoint answers 503, or another status from 500 to 599, and does nothing',
    endpoints: ANYWHERE,
    async strike({ ctx, status }) {
      ctx.status = status
      ctx.body = { error: status === 503 ? 'temporarily_unavailable' : 'server_error' }
      return true
    }
  },
  // A server between client and provider answers instead, as captive portals and load balancers do.
  html: {
    summary: 'The endpoint answers 200 with a page of HTML instead of JSON, and does nothing',
    endpoints: ANYWHERE,
    async strike({ ctx }) {
      ctx.status = 200
      ctx.type = 'html'
      ctx.body = '<!doctype html><title>Welcome</title><h1>Welcome to this network</h1>'
      return true
    }
  },
  'no-refresh-token': {
    summary: 'The token endpoint sends no refresh token',
    endpoints: ['token'],
    async strike({ ctx }, next) {
      await next()
      const answer: unknown = ctx.body
      if (typeof answer !== 'object' || answer === null || !('refresh_token' in answer)) return false
      delete answer.refresh_token
      return true
    }
  }
}

// Changes every authorization code that is under way, before the endpoint reads it.
function withCodes(change: () => AdapterPayload): Fault['strike'] {
  return async ({ store }, next) => {
    const struck = store.spoilCodes(change())
    await next()
    return struck
  }
}

// Changes claims of the ID token in the answer.
function withIdToken(changes: JWTPayload): Fault['strike'] {
  return async (strike, next) => {
    await next()
    return signAgain(strike, changes)
  }
}

// Signs the ID token in the answer with the current key, with other claims. Returns whether there is an ID token.
async function signAgain({ ctx, signingKey }: Strike, changes: JWTPayload): Promise<boolean> {
  const answer: unknown = ctx.body
  if (typeof answer !== 'object' || answer === null || !('id_token' in answer)) return false
  const idToken = String(answer.id_token)
  const key = signingKey()
  answer.id_token = await new SignJWT({ ...decodeJwt(idToken), ...changes })
    .setProtectedHeader({ ...decodeProtectedHeader(idToken), alg: SIGNING_ALGORITHM, kid: key.kid })
    .sign(await importJWK(key))
  return true
}
