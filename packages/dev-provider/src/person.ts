/** A fictional person that a login can choose. */
export interface Person {
  /** The identifier in `autoLogin`, `authorize()` and the form of the page: letters, digits, `-` and `_`. */
  readonly id: string
  /** The identifier at the provider: the snowflake at Discord, `sub` elsewhere. Default: `id`. */
  readonly subject?: string | undefined
  /** The full name. */
  readonly name: string
  /** The name without spaces: `username` at Discord, `preferred_username` elsewhere. Default: `id`. */
  readonly username?: string | undefined
  /** Default: none, to test a client with a person who has none. */
  readonly email?: string | undefined
  /** Whether the e-mail address is verified. Default: `true`. */
  readonly emailVerified?: boolean | undefined
  /** A `data:` URI. Default: none. */
  readonly picture?: string | undefined
  /** The language, as in `en-US`. Default: `en-US`. */
  readonly locale?: string | undefined
  /** The Google Workspace domain, in `hd`. Google only. Default: none. */
  readonly hostedDomain?: string | undefined
}

/** Returns the identifier of a person at the provider. */
export function subjectOf(person: Person): string {
  return person.subject ?? person.id
}

/** Returns the URL of the picture of a person. */
export function pictureUrl({ id }: Person, issuer: string): string {
  return `${issuer}/pictures/${id}`
}
