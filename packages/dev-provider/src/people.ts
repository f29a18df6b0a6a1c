import type { Person } from './person.ts'
import { portrait } from './portrait.ts'

/** The people of every profile: the usual case, and three special cases that clients often forget. */
const ada: Person = {
  id: 'ada',
  name: 'Ada Lovelace',
  username: 'ada.lovelace',
  email: 'ada@example.com',
  picture: portrait('AL', '#7c3aed'),
  hostedDomain: 'example.com'
}

/** Has neither a picture nor a Google Workspace domain. */
const grace: Person = { id: 'grace', name: 'Grace Hopper', username: 'grace.hopper', email: 'grace@example.net' }

/** Has an unverified e-mail address. */
const alan: Person = {
  id: 'alan',
  name: 'Alan Turing',
  username: 'alan.turing',
  email: 'alan@example.org',
  emailVerified: false,
  picture: portrait('AT', '#0e7490'),
  locale: 'en-GB'
}

/** Has only one name, and no e-mail address. */
const hypatia: Person = {
  id: 'hypatia',
  name: 'Hypatia',
  username: 'hypatia',
  picture: portrait('Ὑ', '#b45309'),
  locale: 'el'
}

/** Returns the people with their identifiers at one profile, in the order of the picking page. */
export function peopleWith(subjects: Readonly<Record<'ada' | 'grace' | 'alan' | 'hypatia', string>>): Person[] {
  return [
    { ...ada, subject: subjects.ada },
    { ...grace, subject: subjects.grace },
    { ...alan, subject: subjects.alan },
    { ...hypatia, subject: subjects.hypatia }
  ]
}
