import { ANYWHERE, type Fault } from '../fault.ts'

/** A server between client and provider answers instead, as captive portals and load balancers do. */
export const html: Fault = {
  name: 'html',
  summary: 'The endpoint answers 200 with a page of HTML instead of JSON, and does nothing',
  endpoints: ANYWHERE,
  async strike({ ctx }) {
    ctx.status = 200
    ctx.type = 'html'
    ctx.body = '<!doctype html><title>Welcome</title><h1>Welcome to this network</h1>'
    return true
  }
}
