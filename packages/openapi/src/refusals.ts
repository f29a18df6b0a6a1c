import type { AccessRule } from '@latchkey/guard'
import { type Alternative, alternatives } from '@latchkey/guard/plugin'
import type { FastifySchema } from 'fastify'

// `content` is set so that @fastify/swagger does not add the media type of the route's own answers (`schema.produces`).
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
const FORBIDDEN = refusal('The credentials do not have the required scope')

// The response that @fastify/swagger writes for a route without documented responses.
const DEFAULT_RESPONSE = { 200: { description: 'Default Response', type: 'null' } }

/**
 * Returns a route's `schema.response` with the guard's answers: 401 if an alternative requires credentials or a recent login,
 * 403 if every alternative requires a scope. Responses that the route documents itself stay. Does not change its argument.
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
