export type { JwkSet } from '@latchkey/issuer'
export { verifyJws } from './jws.ts'
export { type BearerOptions, default } from './plugin.ts'
export type { TrustedIssuer } from './trusted-issuer.ts'
