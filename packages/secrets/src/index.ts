export { fingerprint } from './fingerprint.ts'
export { deriveKey, prepareSealing, seal, unseal } from './sealed-text.ts'
export { isWeakSecret, secrets } from './secret.ts'
