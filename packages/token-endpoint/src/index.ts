export type { SubjectIsActive } from './active-subject.ts'
export type { AccessTokenRequest } from './access-tokens.ts'
export type { Client } from './client.ts'
export { clientCredentialsGrant } from './client-credentials-grant.ts'
export type { Clients, FindClient } from './client-directory.ts'
export { type ClientSecret, generateClientSecret, hashClientSecret } from './client-secret.ts'
export { RegistrationError, TokenError, type TokenErrorCode } from './errors.ts'
export type {
  KeyRotationEvent,
  RefreshTokenReused,
  RevocationEvent,
  ThrottleEvent,
  ThrottleLimit,
  TokenEvent,
  TokenRequestRefused,
  TokensIssued
} from './events.ts'
export type { Grant, Granted, RefreshTokenFamily, TokenRequest } from './grant.ts'
export { keysFromText } from './keys-from-text.ts'
export type { RefreshTokenLifetime, TokenEndpointOptions } from './options.ts'
export { default } from './plugin.ts'
export type { RevocationOptions } from './revocation-options.ts'
export { generateSigningKey, type SigningAlgorithm } from './signing-key.ts'
export type { KeyCircumstances, KeySource } from './signing-keys.ts'
export { storedKeys, type StoredKeysOptions } from './stored-keys.ts'
export type { CreateThrottle, Guess, Throttle, ThrottleLimits } from './throttle.ts'
export type { TokenEndpoint } from './token-endpoint.ts'
