import { ANYWHERE, type Fault } from '../fault.ts'

/** The endpoint is down. */
export const unavailable: Fault = {
  name: 'unavailable',
  summary: 'The endpoint answers 503, or another status from 500 on, and does nothing',
  endpoints: ANYWHERE,
  async strike({ ctx, status }) {
    ctx.status = status
    ctx.body = { error: status === 503 ? 'temporarily_unavailable' : 'server_error' }
    return true
  }
}
