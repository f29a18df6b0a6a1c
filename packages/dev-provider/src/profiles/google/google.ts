import type { Context } from '../../context.ts'
import { peopleWith } from '../../people.ts'
import { pictureUrl, subjectOf } from '../../person.ts'
import { SIGNING_ALGORITHM } from '../../signing-key.ts'
import type { Profile } from '../profile.ts'
import { knownPrompts } from '../steps.ts'
import { offlineAccess } from './offline-access.ts'
import { revocation } from './revocation.ts'

const PREFIX = 'https://www.googleapis.com/auth/userinfo.'

/**
 * Google: the paths of its three hosts on one host, refresh tokens for offline access only, and its own names of scopes.
 *
 * @see [Google's documentation of OpenID Connect](https://developers.google.com/identity/openid-connect/openid-connect)
 */
export const google: Profile = {
  name: 'google',
  title: 'Google',
  paths: {
    authorization: '/o/oauth2/v2/auth',
    token: '/token',
    userinfo: '/v1/userinfo',
    revocation: '/revoke',
    jwks: '/oauth2/v3/certs',
    discovery: '/.well-known/openid-configuration'
  },
  aliases: { '/oauth2/v4/token': '/token', '/oauth2/v3/userinfo': '/v1/userinfo' },
  userinfoPaths: [],
  people: peopleWith({
    ada: '110169484474386276334',
    grace: '104537281936450127843',
    alan: '117250943816204357261',
    hypatia: '101846392750183649275'
  }),
  asksEveryTime: true,
  registration: (issuer) => ({ issuer }),
  claims: (person, issuer) => {
    const [given = person.name, ...family] = person.name.split(' ')
    return {
      sub: subjectOf(person),
      name: person.name,
      given_name: given,
      ...(family.length > 0 ? { family_name: family.join(' ') } : {}),
      ...(person.picture === undefined ? {} : { picture: pictureUrl(person, issuer) }),
      ...(person.email === undefined ? {} : { email: person.email, email_verified: person.emailVerified ?? true }),
      ...(person.hostedDomain === undefined ? {} : { hd: person.hostedDomain })
    }
  },
  metadata: (issuer) => ({
    '/.well-known/openid-configuration': {
      issuer,
      authorization_endpoint: `${issuer}/o/oauth2/v2/auth`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/v1/userinfo`,
      revocation_endpoint: `${issuer}/revoke`,
      jwks_uri: `${issuer}/oauth2/v3/certs`,
      response_types_supported: ['code'],
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [SIGNING_ALGORITHM],
      scopes_supported: ['openid', 'email', 'profile'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      claims_supported: [
        ...['aud', 'email', 'email_verified', 'exp', 'family_name', 'given_name', 'iat', 'iss', 'name', 'picture'],
        'sub'
      ],
      code_challenge_methods_supported: ['S256'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      authorization_response_iss_parameter_supported: true
    }
  }),
  behaviour: ({ store }) => {
    const { issueRefreshToken, authorized } = offlineAccess()
    return {
      configuration: {
        scopes: ['openid', 'profile', 'email'],
        claims: {
          openid: ['sub'],
          profile: ['name', 'given_name', 'family_name', 'picture'],
          email: ['email', 'email_verified', 'hd']
        },
        extraParams: ['access_type'],
        issueRefreshToken,
        expiresWithSession: async () => false,
        rotateRefreshToken: false,
        ttl: { AccessToken: 3599 }
      },
      routes: [
        shortScopes,
        knownPrompts(google.paths.authorization, ['none', 'consent', 'select_account']),
        revocation(google.paths.revocation, store)
      ],
      authorized,
      tokenAnswer(answer, grantType) {
        if (typeof answer['scope'] === 'string') answer['scope'] = longScopes(answer['scope'])
        // The used refresh token stays valid and is not sent again.
        if (grantType === 'refresh_token') delete answer['refresh_token']
      }
    }
  }
}

// Clients use the long names of these scopes as often as the short ones.
async function shortScopes(ctx: Context, next: () => Promise<void>): Promise<void> {
  const { scope } = ctx.query
  if (ctx.path === google.paths.authorization && typeof scope === 'string') {
    ctx.query = { ...ctx.query, scope: scope.replaceAll(PREFIX, '') }
  }
  await next()
}

function longScopes(scope: string): string {
  return scope
    .split(' ')
    .map((name) => (name === 'openid' ? name : PREFIX + name))
    .join(' ')
}
