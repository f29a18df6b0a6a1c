import type { Settings } from './server.ts'

/** The settings of a server where clients register themselves. */
export const registrationSettings: Settings = { endpoint: { registration: true } }

/** A client that registered itself. */
export interface Registered {
  readonly client_id: string
  readonly registration_access_token: string
}

/** Registers a client whose redirect URI is a page of a server. */
export async function register(origin: string): Promise<{ readonly status: number; readonly body: Registered }> {
  const answer = await fetch(`${origin}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'Reader', redirect_uris: [`${origin}/callback`] })
  })
  return { status: answer.status, body: (await answer.json()) as Registered } // by RFC 7591 §3.2.1
}

/** Reads or removes a client. Returns the status. */
export async function manage(
  origin: string,
  method: 'GET' | 'DELETE',
  { client_id: clientId, registration_access_token: token }: Registered
): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`${origin}/register/${clientId}`, { method, headers })).status
}
