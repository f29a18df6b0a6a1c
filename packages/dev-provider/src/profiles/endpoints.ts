/** The provider to imitate. */
export type ProfileName = 'discord' | 'google' | 'oidc'

/** The endpoints of a provider, by their purpose. */
export type Endpoint = 'authorization' | 'token' | 'userinfo' | 'revocation' | 'jwks' | 'discovery' | 'logout'

/** The URLs of a provider's endpoints. */
export interface Endpoints {
  readonly authorization: string
  readonly token: string
  /** At Discord `/api/users/@me`, which returns the user object instead of claims. */
  readonly userinfo: string
  readonly revocation: string
  readonly jwks: string
  readonly discovery: string
  /** Profile `oidc` only: the `end_session_endpoint`. */
  readonly logout?: string
}
