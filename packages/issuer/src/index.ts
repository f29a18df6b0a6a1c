export { algorithmNames, type KeyForm, signatureAlgorithms } from './algorithm.ts'
export { backoff } from './backoff.ts'
export { UpstreamError, type UpstreamErrorCode } from './errors.ts'
export type { UpstreamEvent } from './events.ts'
export {
  type Answer,
  type FetchJsonOptions,
  fetchJson,
  fetchText,
  type JsonAnswer,
  type TextAnswer
} from './fetch-json.ts'
export { fetchableUrl, isFetchable, isIssuerUrl, issuerUrl } from './fetchable-url.ts'
export { type IssuerMetadataOptions, issuerMetadata, type PublishedMetadata } from './issuer-metadata.ts'
export { isJwkSet, type JwkSet } from './jwk-set.ts'
export type { KeySource } from './key-source.ts'
export { prepareFetches } from './late-modules.ts'
export type { IssuerLog } from './log.ts'
export type { EndpointName, IssuerMetadata } from './metadata-check.ts'
export { boundedMaxAge } from './max-age.ts'
export type { KeepingOptions } from './options.ts'
export { type RemoteKeySet, type RemoteKeySetOptions, remoteKeySet } from './remote-key-set.ts'
export { tellOfTlsFailure } from './tls-failure.ts'
export { fittingKey, fittingKeys, importKeys, type KeyHint, type VerificationKey } from './verification-key.ts'
export type { MetadataForm } from './well-known.ts'
