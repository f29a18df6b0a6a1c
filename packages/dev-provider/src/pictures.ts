import type { Middleware } from './middleware.ts'
import type { Person } from './person.ts'

/** Returns the URL of the picture of a person. */
export function pictureUrl({ id }: Person, issuer: string): string {
  return `${issuer}/pictures/${id}`
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
