import { LoginError } from './errors.ts'
import type { ClaimedIdentity } from './provider.ts'

/** Who a provider says that somebody is, fit to be kept and shown. */
export interface ProvenIdentity {
  readonly subject: string
  readonly name: string | null
  readonly email: string | null
  /** Whether the provider says that it has verified the address. It proves nothing to anybody who does not trust the provider. */
  readonly emailVerified: boolean
  /** An https URL. */
  readonly picture: string | null
}

const LONGEST_SUBJECT = 255
const LONGEST_NAME = 200
const LONGEST_EMAIL = 254
const LONGEST_URL = 2048

/**
 * An identity out of what the provider said. What is shown is left out when it is not fit to be shown; without a subject
 * there is no identity.
 *
 * @throws LoginError
 */
export function proveIdentity(claimed: ClaimedIdentity): ProvenIdentity {
  const { name, email, picture } = claimed
  const subject = subjectOf(claimed.subject)
  if (subject === null) {
    throw new LoginError('provider_error', { cause: 'the provider named no usable subject' })
  }
  const address = isEmail(email) ? email : null
  return Object.freeze({
    subject,
    name: nameOf(name),
    email: address,
    emailVerified: address !== null && claimed.emailVerified === true,
    picture: isPicture(picture) ? picture : null
  })
}

/**
 * A provider's identifier of a person, or `null` for what is none: printable ASCII, or the text of a number that is one of
 * the whole numbers which JSON cannot confuse.
 */
export function subjectOf(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? String(value) : null
  return typeof value === 'string' && value.length <= LONGEST_SUBJECT && /^[\x20-\x7e]+$/.test(value) ? value : null
}

// Controls, and the characters that turn the direction of writing, could make one name look like another.
function nameOf(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const name = value.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '').trim()
  return name === '' ? null : Array.from(name).slice(0, LONGEST_NAME).join('')
}

function isEmail(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_EMAIL && /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(value)
}

function isPicture(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= LONGEST_URL &&
    /^https:\/\/[\x21-\x7e]+$/.test(value) &&
    URL.canParse(value)
  )
}
