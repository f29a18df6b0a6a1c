import { deriveKey, seal, unseal } from '@latchkey/secrets'

const LABEL = 'latchkey: successor of a refresh token'

/**
 * Encrypts a refresh token with a key that is derived from its predecessor. The client that holds the predecessor can decrypt
 * it. A reader of the store cannot.
 */
export async function sealSuccessor(successor: string, predecessor: string): Promise<string> {
  return seal(successor, deriveKey(predecessor, LABEL))
}

/**
 * Decrypts the token that {@link sealSuccessor} encrypted.
 *
 * @throws JOSEError when it was encrypted for another predecessor, or changed in the store
 */
export async function openSuccessor(sealed: string, predecessor: string): Promise<string> {
  return unseal(sealed, deriveKey(predecessor, LABEL))
}
