import { UnavailableError } from '@latchkey/guard'
import { aFunction, checkOptions, integer, members, optional } from '@latchkey/options'
import { withTimeout } from '@latchkey/promises'
import { passwordFault } from './password.ts'

/** Why a new password is refused. `malformed`: it is empty, longer than 1024 bytes of UTF-8 or not well-formed Unicode. */
export type PasswordWeakness = 'malformed' | 'too_short' | 'compromised'

/** The options of {@link passwordPolicy}. */
export interface PasswordPolicyOptions {
  /**
   * The least number of characters: Unicode code points of the NFC form. Default: 15, which NIST requires where a password
   * is the only factor. 8 is the least that NIST allows beside a second factor.
   */
  minLength?: number
  /**
   * Whether the password is in a list of leaked or common passwords. Gets the NFC form. Must not log it or send it away
   * whole. Default: no list.
   */
  isCompromised?: (password: string) => boolean | Promise<boolean>
  /** How long `isCompromised` may take, in seconds. Default: 5. */
  timeout?: number
}

/** Checks new passwords. */
export interface PasswordPolicy {
  readonly minLength: number
  /**
   * Returns why a new password is refused, or `null` if it is good. Has no rules about kinds of characters.
   *
   * @throws UnavailableError when `isCompromised` fails, is late or does not return a boolean: the password is not accepted.
   * For a server that prefers to accept it, `isCompromised` catches its own errors and returns `false`
   */
  weaknessOf(password: string): Promise<PasswordWeakness | null>
}

const NAME = 'passwordPolicy()'
const schema = members({
  minLength: optional(integer(8, 64, 'characters'), 15),
  isCompromised: optional(aFunction<NonNullable<PasswordPolicyOptions['isCompromised']>>()),
  timeout: optional(integer(1, 60, 'seconds'), 5)
})

/**
 * Makes a check for new passwords, for sign-up, reset and change. Do not use it at sign-in: older passwords may be shorter.
 *
 * @example
 * ```ts
 * const policy = passwordPolicy({ isCompromised: async (password) => commonPasswords.has(password) })
 * const weakness = await policy.weaknessOf(form.password)
 * ```
 * @throws RegistrationError when an option is unknown or ill-typed
 * @see [NIST SP 800-63B-4 §3.1.1.2](https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver)
 */
export function passwordPolicy(options: PasswordPolicyOptions = {}): PasswordPolicy {
  const { minLength, isCompromised, timeout } = checkOptions(NAME, schema, options)
  return Object.freeze({
    minLength,
    async weaknessOf(password: string) {
      // Before normalization, so that the amount of its work is bounded.
      if (passwordFault(password) !== undefined) return 'malformed'
      const normalized = password.normalize('NFC')
      if (Array.from(normalized).length < minLength) return 'too_short'
      if (isCompromised === undefined) return null
      return (await isListed(normalized)) ? 'compromised' : null

      async function isListed(text: string): Promise<boolean> {
        let listed: unknown
        try {
          const late = (): Error => new Error('isCompromised did not answer in time')
          listed = await withTimeout(timeout * 1000, async () => isCompromised?.(text), late)
        } catch (cause) {
          throw new UnavailableError('The password could not be checked', { cause })
        }
        if (typeof listed === 'boolean') return listed
        throw new UnavailableError('The password could not be checked', { cause: 'isCompromised returned no boolean' })
      }
    }
  } satisfies PasswordPolicy)
}
