import type { FastifyInstance } from 'fastify'

/** The server that a context belongs to. Fastify makes each child context from its parent. */
export function rootOf(app: FastifyInstance): FastifyInstance {
  const parent = Object.getPrototypeOf(app) as FastifyInstance | object // the root is made from Object.prototype
  return 'addHook' in parent ? rootOf(parent) : app
}
