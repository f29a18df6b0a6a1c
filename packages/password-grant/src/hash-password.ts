import { hash } from '@node-rs/argon2'
import { checkOptions } from '@latchkey/guard'
import { type Argon2Parameters, parameterChecks, withDefaults } from './argon2-parameters.ts'
import { passwordFault } from './password.ts'

/**
 * The hash to store for a new password: an argon2id PHC string with a salt of its own. The password is taken exactly as
 * it is: nothing is trimmed, folded or cut off. Does not judge its strength, and does not look for it among leaked ones.
 * Does not wait for its turn either: the bound on hashes at once is that of `argon2Passwords()`.
 *
 * @param parameters - give `argon2Passwords()` the same ones, or the hash is made again at the first sign-in
 * @throws RangeError when the password is empty, longer than 1024 bytes of UTF-8 or not well-formed Unicode;
 * InvalidOptionError when a parameter is unknown, ill-typed or below OWASP's floor
 * @see [OWASP Password Storage](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html)
 */
export async function hashPassword(password: string, parameters: Argon2Parameters = {}): Promise<string> {
  const checked = withDefaults('hashPassword()', checkOptions('hashPassword()', parameters, parameterChecks))
  const fault = passwordFault(password)
  if (fault !== undefined) throw new RangeError(`The password ${fault}`)
  return hash(password, checked)
}
