/** The provider to imitate. */
export type ProfileName = 'discord' | 'google' | 'oidc'
