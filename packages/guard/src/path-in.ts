import type { FastifyInstance } from 'fastify'

/**
 * Returns the path of a route of a context, with the prefix of the context, as Fastify registers it: a prefix that ends in a
 * slash does not double the slash of the path. For authors of plugins.
 *
 * @param path - as the route is declared, such as `/login`
 *
 * @example pathIn(app, '/login') // '/auth/login', with the prefix '/auth' and with '/auth/'
 */
export function pathIn({ prefix }: Pick<FastifyInstance, 'prefix'>, path: string): string {
  return prefix.replace(/\/$/, '') + path
}
