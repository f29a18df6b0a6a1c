/** Whom the provider speaks like. */
export type ProfileName = 'discord' | 'google' | 'oidc'
