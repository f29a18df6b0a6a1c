/** Somebody made up, whom one can log in as. */
export interface Person {
  /** What names the person in `autoLogin`, `authorize()` and the page's form: letters, digits, `-` and `_`. */
  readonly id: string
  /** What the profile identifies the person by: the snowflake at Discord, `sub` elsewhere. Default: `id`. */
  readonly subject?: string | undefined
  /** The full name. */
  readonly name: string
  /** The name without spaces: `username` at Discord, `preferred_username` elsewhere. Default: `id`. */
  readonly username?: string | undefined
  /** Default: none, so that a client can be tried with somebody who has none. */
  readonly email?: string | undefined
  /** Whether the provider vouches for the e-mail address. Default: `true`. */
  readonly emailVerified?: boolean | undefined
  /** A `data:` URI. Default: none. */
  readonly picture?: string | undefined
  /** The language, as in `en-US`. Default: `en-US`. */
  readonly locale?: string | undefined
  /** The Google Workspace domain, in `hd`. Google only. Default: none. */
  readonly hostedDomain?: string | undefined
}

/** The identifier under which a profile knows a person. */
export function subjectOf(person: Person): string {
  return person.subject ?? person.id
}
