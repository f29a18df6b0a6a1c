import { Agent, type Dispatcher } from 'undici'
import { isSpecialUse, lookupPublic } from './special-use-address.ts'

/** The longest that any call may take, in milliseconds. */
export const MAX_TIMEOUT = 5000

// Long enough for the next step of a login; too short for a server to close it first.
const IDLE = 1000

// Certificates are checked whatever NODE_TLS_REJECT_UNAUTHORIZED says. An idle connection does not keep the process alive.
const connect = { rejectUnauthorized: true, timeout: MAX_TIMEOUT }
const limits = {
  headersTimeout: MAX_TIMEOUT,
  bodyTimeout: MAX_TIMEOUT,
  keepAliveTimeout: IDLE,
  keepAliveMaxTimeout: IDLE
}

const toAnywhere = new Agent({ ...limits, connect })
const toPublicAddresses = new Agent({ ...limits, connect: { ...connect, lookup: lookupPublic } })

/** The connections that requests are sent over. */
export function connections(blockSpecialUse: boolean): Dispatcher {
  return blockSpecialUse ? toPublicAddresses : toAnywhere
}

/** Whether the URL's host is itself a special-use address: such a host is never looked up. */
export function namesSpecialUse(url: string): boolean {
  const { hostname } = new URL(url)
  const address = hostname.replace(/^\[|\]$/g, '')
  return (/^[\d.]+$/.test(address) || address.includes(':')) && isSpecialUse(address)
}
