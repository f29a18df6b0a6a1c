export type { SubjectIsActive } from './grants/active-subject.ts'
export type { SubjectScopes } from './grants/subject-scopes.ts'
export type { AccessTokenRequest } from './tokens/access-tokens.ts'
export type { Client, Clients, FindClient } from './clients/client.ts'
export { isRedirectUri } from './clients/redirect-uri.ts'
export type { AddTokenClaims, TokenClaimsRequest } from './tokens/added-claims.ts'
export type { TokenClaims, TokenClaimTypes } from './tokens/claims.ts'
export { clientCredentialsGrant } from './grants/client-credentials.ts'
export { type ClientSecret, generateClientSecret, hashClientSecret } from './clients/secret.ts'
export { RegistrationError } from '@latchkey/options'
export type { ClientEndpoint, ClientRequest } from './endpoints/client-endpoint.ts'
export { requiredParameter } from './required-parameter.ts'
export type { MetadataMember } from './endpoints/server-metadata.ts'
export { TokenError, type TokenErrorCode } from './errors.ts'
export type {
  KeyRotationEvent,
  RefreshTokenReused,
  RevocationEvent,
  TokenEvent,
  TokenRequestRefused,
  TokensIssued
} from './events.ts'
export type { Grant, Granted, RefreshTokenFamily, TokenRequest } from './grants/grant.ts'
export { keysFromText } from './keys/keys-from-text.ts'
export type { TokenEndpointOptions } from './options.ts'
export type { RefreshTokenLifetime } from './tokens/refresh-token-records.ts'
export { default } from './plugin.ts'
export type { RevocationOptions } from './revocations/options.ts'
export { generateSigningKey, type SigningAlgorithm } from './keys/jwk.ts'
export type { KeyDependencies, SigningKeySource } from './keys/signing-keys.ts'
export { storedKeys, type StoredKeysOptions } from './keys/stored-keys.ts'
export type { TokenEndpoint } from './token-endpoint.ts'
