export { deriveKey, seal, unseal } from './sealed-text.ts'
export { isWeakSecret, mustBeSecrets } from './secret.ts'
