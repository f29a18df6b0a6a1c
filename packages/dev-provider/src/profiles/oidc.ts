import { peopleWith } from '../people.ts'
import { pictureUrl, subjectOf } from '../person.ts'
import type { Profile } from './profile.ts'

/**
 * Plain OpenID Connect, as oidc-provider implements it: single sign-on, logout by the client and by the back channel.
 *
 * @see [OpenID Connect Core](https://openid.net/specs/openid-connect-core-1_0-errata2.html)
 */
export const oidc: Profile = {
  name: 'oidc',
  title: 'OpenID Connect',
  paths: {
    authorization: '/auth',
    token: '/token',
    userinfo: '/me',
    revocation: '/token/revocation',
    jwks: '/jwks',
    discovery: '/.well-known/openid-configuration',
    logout: '/session/end'
  },
  aliases: {},
  userinfoPaths: [],
  people: peopleWith({ ada: 'ada', grace: 'grace', alan: 'alan', hypatia: 'hypatia' }),
  asksEveryTime: false,
  registration: (issuer) => ({ name: 'oidc', issuer }),
  claims: (person, issuer) => ({
    sub: subjectOf(person),
    name: person.name,
    preferred_username: person.username ?? person.id,
    locale: person.locale ?? 'en-US',
    ...(person.picture === undefined ? {} : { picture: pictureUrl(person, issuer) }),
    ...(person.email === undefined ? {} : { email: person.email, email_verified: person.emailVerified ?? true })
  }),
  behaviour: () => ({
    configuration: {
      scopes: ['openid', 'offline_access', 'profile', 'email'],
      claims: {
        openid: ['sub'],
        profile: ['name', 'preferred_username', 'locale', 'picture'],
        email: ['email', 'email_verified']
      },
      ttl: { AccessToken: 3600 }
    },
    routes: []
  })
}
