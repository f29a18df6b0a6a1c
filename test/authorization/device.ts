import type { Client } from '@latchkey/token-endpoint'
import { type Seen, type Visitor, visitor } from '../visitor.ts'
import { type Answer, logIn } from './client.ts'
import type { Settings } from './server.ts'

/** The grant type of a device. */
export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
/** A client on a device without a browser. */
export const cli: Client = { clientId: 'cli', clientName: 'Command Line', grantTypes: [DEVICE_CODE, 'refresh_token'] }

/** The settings of a server for the client `cli`. */
export const deviceSettings: Settings = { clients: [cli], endpoint: { device: true } }

/** The codes that a device got. */
export interface Codes {
  readonly device_code: string
  readonly user_code: string
}

/** Asks for the codes of a device. */
export async function begin(origin: string): Promise<Answer & { body: Codes }> {
  return post(`${origin}/device_authorization`, { scope: 'items:read' })
}

/** Asks for the tokens of a device. */
export async function poll(origin: string, { device_code: deviceCode }: Codes): Promise<Answer> {
  return post(`${origin}/token`, { grant_type: DEVICE_CODE, device_code: deviceCode })
}

/** Uses the refresh token of a device. */
export async function refreshDevice(origin: string, token: string | undefined): Promise<Answer> {
  return post(`${origin}/token`, { grant_type: 'refresh_token', refresh_token: token ?? '' })
}

/** Logs a user in at the page of a device. Returns the page that shows the code to compare. */
export async function openDevice(browser: Visitor, origin: string, codes: Codes, user?: string): Promise<Seen> {
  return logIn(browser, await browser.get(`${origin}/device?user_code=${codes.user_code}`), user)
}

/** Confirms the code. Returns the page that asks for a decision. */
export async function confirmDevice(browser: Visitor, origin: string, { user_code }: Codes): Promise<Seen> {
  return browser.post(`${origin}/device`, { user_code })
}

/** Allows or refuses a device, on the page that asks. */
export async function decideDevice(
  browser: Visitor,
  origin: string,
  { user_code }: Codes,
  decision: 'allow' | 'deny' = 'allow'
): Promise<Seen> {
  return browser.post(`${origin}/device/decision`, { user_code, decision })
}

/** Returns a browser whose user was asked about a device. */
export async function askedAbout(origin: string, codes: Codes): Promise<Visitor> {
  const browser = visitor()
  await openDevice(browser, origin, codes)
  await confirmDevice(browser, origin, codes)
  return browser
}

async function post(url: string, form: Readonly<Record<string, string>>): Promise<Answer & { body: Codes }> {
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ client_id: 'cli', ...form }) })
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answer['body'] & Codes } // by RFC 8628 §3.2
}
