import { LoginError } from '../errors.ts'
import type { ClaimedIdentity } from '../providers/provider.ts'
import { emailIn, identifierIn, nameIn, pictureIn } from '../providers/provider-text.ts'

/** Who a provider says that somebody is, fit to be kept and shown. */
export interface ProviderIdentity {
  readonly subject: string
  /** Without characters that are not seen, or turn the direction of writing. Escape it when you show it. */
  readonly name: string | null
  /** Without such characters, quotes and brackets, or `null`. */
  readonly email: string | null
  /** Whether the provider says that it has verified the address. It proves nothing to anybody who does not trust the provider. */
  readonly emailVerified: boolean
  /** An https URL, as a URL parser writes it. */
  readonly picture: string | null
}

/**
 * An identity out of what the provider said. What is shown is left out when it is not fit to be shown; without a subject
 * there is no identity.
 *
 * @throws LoginError
 */
export function identityFrom(claimed: ClaimedIdentity): ProviderIdentity {
  const subject = identifierIn(claimed.subject)
  if (subject === null) throw new LoginError('provider_error', { cause: 'the provider named no usable subject' })
  const email = emailIn(claimed.email)
  return Object.freeze({
    subject,
    name: nameIn(claimed.name),
    email,
    emailVerified: email !== null && claimed.emailVerified === true,
    picture: pictureIn(claimed.picture)
  })
}
