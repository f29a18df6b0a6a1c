import { LoginError } from '../errors.ts'
import type { ClaimedIdentity } from '../providers/provider.ts'
import { emailIn, identifierIn, nameIn, pictureIn } from '../providers/provider-text.ts'

/** A checked identity from a provider, fit to be stored and shown. */
export interface ProviderIdentity {
  readonly subject: string
  /** Without characters that are invisible or change the direction of writing. Escape it when you show it. */
  readonly name: string | null
  /** Without such characters, quotes and brackets; `null` if there is no valid address. */
  readonly email: string | null
  /** Whether the provider reports the address as verified. Rely on it only as far as you trust the provider. */
  readonly emailVerified: boolean
  /** An https URL, as a URL parser writes it. */
  readonly picture: string | null
}

/**
 * Checks an identity from a provider. A name, an address or a picture that is not fit to be shown is left out. An identity
 * without a valid subject is an error.
 *
 * @throws LoginError
 */
export function identityFrom(claimed: ClaimedIdentity): ProviderIdentity {
  const subject = identifierIn(claimed.subject)
  if (subject === null) throw new LoginError('provider_error', { cause: 'the provider returned no usable subject' })
  const email = emailIn(claimed.email)
  return Object.freeze({
    subject,
    name: nameIn(claimed.name),
    email,
    emailVerified: email !== null && claimed.emailVerified === true,
    picture: pictureIn(claimed.picture)
  })
}
