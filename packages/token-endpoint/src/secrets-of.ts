import type { FastifyRequest } from 'fastify'
import { parseBasic } from './basic-credentials.ts'
import type { Form } from './form.ts'

// What is public, and what a log is read for.
const PUBLIC = new Set(['grant_type', 'client_id', 'scope', 'resource', 'token_type_hint'])

/** What of a request must not be repeated: credentials, tokens, and whatever else was sent for want of knowing it. */
export function secretsOf({ body, headers: { authorization, cookie } }: FastifyRequest): string[] {
  const { parameters } = (body ?? {}) as Partial<Form> // of these routes; missing where reading it failed
  const sent = [...(parameters ?? [])].filter(([name]) => !PUBLIC.has(name)).map(([, value]) => value)
  const basic = authorization === undefined ? null : parseBasic(authorization)
  return [...sent, ...[authorization, cookie, basic?.clientSecret].filter((secret) => secret !== undefined)]
}
