export type { LoginAttempt, LoginDecision, OnLogin } from './accounts/on-login.ts'
export {
  LoginError,
  type LoginErrorCode,
  type LoginErrorDetail,
  LoginRefusedError
} from './errors.ts'
export { RegistrationError } from '@latchkey/options'
export type { ProviderLoginEvent } from './events.ts'
export type { ProviderIdentity } from './provider-client/identity.ts'
export type { AccessToken, Login, LoginChoice, TokensOptions } from './login.ts'
export type { LoginOptions } from './options.ts'
export type {
  LoggedInPage,
  LoginFaultCode,
  LoginFaultPage,
  LoginPluginPage,
  LogOutPage,
  RenderLoginPage
} from './pages.ts'
export { accountPermissions, accountScopes } from './accounts/permissions.ts'
export type {
  ClaimedIdentity,
  Claims,
  ClientOptions,
  Provider,
  ProviderEndpoints,
  ProviderMark,
  ProviderSources
} from './providers/provider.ts'
export { type AppleOptions, apple } from './providers/apple.ts'
export { type DiscordOptions, discord } from './providers/discord.ts'
export { type GithubOptions, github } from './providers/github.ts'
export { type GitlabOptions, gitlab } from './providers/gitlab.ts'
export { type GoogleOptions, google } from './providers/google.ts'
export { type MicrosoftOptions, microsoft } from './providers/microsoft.ts'
export { type OidcOptions, oidc } from './providers/oidc.ts'
export { provider } from './providers/define-provider.ts'
export {
  type SealedUpstreamTokens,
  sealedUpstreamTokens,
  type UpstreamToken
} from './upstream-tokens/sealed-upstream-tokens.ts'
export type { ProviderTokens } from './provider-client/token-response.ts'
export { default } from './plugin.ts'
