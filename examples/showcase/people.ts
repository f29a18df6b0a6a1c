import { hashPassword } from '@latchkey/passwords'

/** A person of the demo, as an application's database would have them. */
export interface Person {
  readonly subject: string
  readonly passwordHash: string
  readonly scopes: readonly string[]
  /** For the consent page. */
  readonly claims: { readonly name: string }
  readonly disabled: boolean
}

/** The people of the demo, by username. Their passwords stand in the README: never do this outside a demo. */
export async function people(): Promise<ReadonlyMap<string, Person>> {
  return new Map([
    ['alice', await person('alice', 'wonderland', ['items:read', 'items:write'])],
    ['bob', await person('bob', 'builder', ['items:read'])],
    ['carol', await person('carol', 'caroline', ['items:read', 'items:write', 'admin'], true)]
  ])
}

async function person(subject: string, password: string, scopes: string[], disabled = false): Promise<Person> {
  const name = subject.replace(/^./, (letter) => letter.toUpperCase())
  return { subject, passwordHash: await hashPassword(password), scopes, claims: { name }, disabled }
}
