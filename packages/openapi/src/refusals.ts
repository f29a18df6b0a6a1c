import { type AccessRule, type Alternative, alternatives } from '@latchkey/guard'
import type { FastifySchema } from 'fastify'

// `content` keeps the media type of the route's own answers (`schema.produces`) off the refusals.
function refusal(description: string): object {
  return {
    description,
    headers: {
      'WWW-Authenticate': { type: 'string', description: 'A challenge for each way in (RFC 6750 §3)' }
    },
    content: {
      'application/json': {
        schema: {
          type: 'object',
          properties: {
            statusCode: { type: 'integer' },
            code: { type: 'string' },
            error: { type: 'string' },
            message: { type: 'string' }
          }
        }
      }
    }
  }
}

const UNAUTHORIZED = 'No credentials, or credentials that are not valid'
const FORBIDDEN = refusal('The credentials do not carry the scope that this needs')

// What @fastify/swagger writes for a route that documents no response at all.
const DEFAULT_RESPONSE = { 200: { description: 'Default Response', type: 'null' } }

/**
 * A route's `schema.response` with what the guard answers in the route's place: 401 where credentials are asked for,
 * or a login that is recent enough, 403 where no credentials would do without a scope. What the route documents itself
 * stays as it is. Does not change the object that it is given.
 */
export function withRefusals(schema: FastifySchema | undefined, rule: AccessRule): object {
  const response = schema?.response
  const ways = alternatives(rule)
  return {
    ...(ways.some((way) => way.authenticated) && { 401: refusal(UNAUTHORIZED + tooOld(ways)) }),
    ...(ways.every((way) => way.scopes.length > 0) && { 403: FORBIDDEN }),
    ...(typeof response === 'object' && response !== null ? response : DEFAULT_RESPONSE)
  }
}

function tooOld(ways: readonly Alternative[]): string {
  const ages = ways.flatMap(({ maxAge }) => (maxAge === null ? [] : [maxAge]))
  if (ages.length === 0) return ''
  return `, or a login of more than ${Math.max(...ages)} seconds ago where a recent one is needed (RFC 9470)`
}
