import type { Middleware } from './context.ts'
import { type Person, pictureUrl } from './person.ts'

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

/** Serves the pictures, for applications whose policy does not allow `data:` URIs. */
export function pictures(people: readonly Person[]): Middleware {
  return async (ctx, next) => {
    const person = people.find((each) => pictureUrl(each, '') === ctx.path)
    if (ctx.method !== 'GET' || person?.picture === undefined) return next()
    const picture = await fetch(person.picture)
    ctx.set('content-type', String(picture.headers.get('content-type')))
    ctx.set('cross-origin-resource-policy', 'cross-origin')
    ctx.body = Buffer.from(await picture.arrayBuffer())
  }
}

// A small picture with two letters on a colour, as a `data:` URI, so that nothing is loaded from elsewhere.
function portrait(initials: string, colour: string): string {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="${colour}"/>` +
    `<text x="32" y="41" font-family="sans-serif" font-size="26" fill="#fff" text-anchor="middle">${initials}</text></svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}
