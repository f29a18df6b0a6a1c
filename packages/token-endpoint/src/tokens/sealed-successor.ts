import { deriveKey, seal, unseal } from '@latchkey/store'

const LABEL = 'latchkey: successor of a refresh token'

/**
 * A refresh token, encrypted with a key that only its predecessor gives: what is stored can be read by the client that
 * holds the predecessor, and by nobody who reads the store.
 */
export async function sealSuccessor(successor: string, predecessor: string): Promise<string> {
  return seal(successor, deriveKey(predecessor, LABEL))
}

/**
 * The token that {@link sealSuccessor} sealed.
 *
 * @throws JOSEError when it was sealed for another predecessor, or changed in the store
 */
export async function openSuccessor(sealed: string, predecessor: string): Promise<string> {
  return unseal(sealed, deriveKey(predecessor, LABEL))
}
