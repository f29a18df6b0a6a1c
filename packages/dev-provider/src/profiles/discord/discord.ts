import { peopleWith } from '../../people.ts'
import { pictureUrl, subjectOf } from '../../person.ts'
import { SIGNING_ALGORITHM } from '../../signing-key.ts'
import type { Profile } from '../profile.ts'
import { knownPrompts } from '../steps.ts'
import { api, avatarOf } from './api.ts'

const WEEK = 604_800

/**
 * Discord: snowflakes, user objects instead of claims, and an ID token only with the scope `openid`.
 *
 * @see [Discord's documentation of OAuth2](https://discord.com/developers/docs/topics/oauth2)
 */
export const discord: Profile = {
  name: 'discord',
  title: 'Discord',
  paths: {
    authorization: '/oauth2/authorize',
    token: '/api/oauth2/token',
    userinfo: '/api/oauth2/userinfo',
    revocation: '/api/oauth2/token/revoke',
    jwks: '/api/oauth2/keys',
    discovery: '/.well-known/openid-configuration'
  },
  aliases: { '/api/oauth2/authorize': '/oauth2/authorize' },
  userinfoPaths: ['/api/users/@me', '/api/oauth2/@me'],
  people: peopleWith({
    ada: '80351110224678912',
    grace: '175928847299117063',
    alan: '268473310986240001',
    hypatia: '1101932844291461121'
  }),
  asksEveryTime: true,
  registration: (baseUrl) => ({ baseUrl }),
  claims: (person, issuer) => ({
    sub: subjectOf(person),
    preferred_username: person.username ?? person.id,
    nickname: person.name,
    locale: person.locale ?? 'en-US',
    ...(avatarOf(person) === null ? {} : { picture: pictureUrl(person, issuer) }),
    ...(person.email === undefined ? {} : { email: person.email, email_verified: person.emailVerified ?? true })
  }),
  // As at Discord, the two documents differ, and neither is complete.
  metadata: (issuer) => ({
    '/.well-known/openid-configuration': {
      issuer,
      authorization_endpoint: `${issuer}/api/oauth2/authorize`,
      token_endpoint: `${issuer}/api/oauth2/token`,
      jwks_uri: `${issuer}/api/oauth2/keys`,
      response_types_supported: ['code', 'token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [SIGNING_ALGORITHM]
    },
    '/.well-known/oauth-authorization-server': {
      issuer,
      authorization_endpoint: `${issuer}/oauth2/authorize`,
      token_endpoint: `${issuer}/api/oauth2/token`,
      revocation_endpoint: `${issuer}/api/oauth2/token/revoke`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      authorization_response_iss_parameter_supported: true
    }
  }),
  behaviour: (instance) => ({
    configuration: {
      scopes: ['openid', 'identify', 'email', 'guilds', 'guilds.join', 'guilds.members.read', 'connections'],
      claims: {
        openid: ['sub'],
        identify: ['preferred_username', 'nickname', 'locale', 'picture'],
        email: ['email', 'email_verified']
      },
      issueRefreshToken: async () => true,
      expiresWithSession: async () => false,
      rotateRefreshToken: true,
      // Revoking one token of an authorization revokes all of them
      revokeGrantPolicy: () => true,
      ttl: { AccessToken: WEEK }
    },
    routes: [knownPrompts(discord.paths.authorization, ['none', 'consent']), api(instance)]
  })
}
