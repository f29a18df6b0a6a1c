import type { IncomingMessage } from 'node:http'
import type { Fault } from '../fault.ts'

const denied = new WeakSet<IncomingMessage>()

/** The request is refused before the page is shown. */
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

/** Whether a request is refused: oidc-provider itself sends the refusal, to a checked address. */
export function isDenied(request: IncomingMessage): boolean {
  return denied.has(request)
}
