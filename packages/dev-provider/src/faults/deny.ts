import type { IncomingMessage } from 'node:http'
import type { Fault } from '../fault.ts'

const denied = new WeakSet<IncomingMessage>()

/** The person refuses, before the page is shown. */
export const deny: Fault = {
  name: 'deny',
  summary: 'The answer to an authorization request is access_denied',
  endpoints: ['authorization'],
  async strike({ ctx }, next) {
    denied.add(ctx.req)
    await next()
    return true
  }
}

/** Whether a request has been struck: the refusal itself is for oidc-provider to send, to a checked address. */
export function isDenied(request: IncomingMessage): boolean {
  return denied.has(request)
}
