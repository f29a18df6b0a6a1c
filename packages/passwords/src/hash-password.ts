import { checkOptions, members } from '@latchkey/options'
import { argon2 } from './argon2.ts'
import { type Argon2Parameters, parameterMembers, requireStrength } from './argon2-parameters.ts'
import { passwordFault } from './password.ts'
import { spellings } from './spellings.ts'

const NAME = 'hashPassword()'
const schema = members(parameterMembers)

/**
 * Hashes a new password, to store it: an argon2id PHC string with a new salt. The password is converted to Unicode NFC. It is
 * not trimmed, folded or shortened. Does not check its strength, and does not look for it among leaked passwords. Does not wait
 * in the queue of `argon2Passwords()`.
 *
 * @example
 * ```ts
 * const passwordHash = await hashPassword('correct horse')
 * ```
 * @param parameters - pass the same to `argon2Passwords()`, otherwise the first sign-in replaces the hash
 * @throws RangeError when the password is empty, longer than 1024 bytes of UTF-8 or not well-formed Unicode. RegistrationError
 * when a parameter is unknown, ill-typed or below OWASP's floor
 * @see [OWASP Password Storage](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html)
 */
export async function hashPassword(password: string, parameters: Argon2Parameters = {}): Promise<string> {
  const checked = checkOptions(NAME, schema, parameters)
  requireStrength(NAME, checked)
  const fault = passwordFault(password)
  if (fault !== undefined) throw new RangeError(`The password ${fault}`)
  const { hash } = await argon2.get()
  const [normalized] = spellings(password)
  return await hash(normalized, checked)
}
