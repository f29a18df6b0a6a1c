export { verifyJws } from './jws.ts'
export type { JwkSet } from './key-lookup.ts'
export { type BearerOptions, default } from './plugin.ts'
export type { TrustedIssuer } from './trusted-issuer.ts'
