import type { DevProvider, ProfileName } from '@latchkey/dev-provider'
import { discord, google, type Provider } from '@latchkey/login'

type Client = Pick<DevProvider, 'clientId' | 'clientSecret'>

/** The client registrations at the providers, from the environment. */
export interface Credentials {
  DISCORD_CLIENT_ID?: string | undefined
  DISCORD_CLIENT_SECRET?: string | undefined
  GOOGLE_CLIENT_ID?: string | undefined
  GOOGLE_CLIENT_SECRET?: string | undefined
}

/** A provider, and what ends it if it runs here. */
export interface IdentityProvider {
  readonly provider: Provider
  readonly close: () => Promise<void>
}

/** Discord, if the environment has its credentials; otherwise the dev provider, which behaves as Discord does. */
export async function openDiscord(credentials: Credentials): Promise<IdentityProvider> {
  const { DISCORD_CLIENT_ID: clientId, DISCORD_CLIENT_SECRET: clientSecret } = credentials
  if (clientId && clientSecret) return real(discord({ clientId, clientSecret }))
  return standIn('discord', (client, baseUrl) => discord({ ...client, baseUrl }))
}

/** Google, if the environment has its credentials; otherwise the dev provider, which behaves as Google does. */
export async function openGoogle(credentials: Credentials): Promise<IdentityProvider> {
  const { GOOGLE_CLIENT_ID: clientId, GOOGLE_CLIENT_SECRET: clientSecret } = credentials
  if (clientId && clientSecret) return real(google({ clientId, clientSecret, ...offline }))
  return standIn('google', (client, issuer) => google({ ...client, issuer, ...offline }))
}

/** Discord and Google. With `STAND_INS=off` only those that the environment has credentials for, and no stand-in runs. */
export async function openProviders(
  environment: Credentials & { STAND_INS?: string | undefined }
): Promise<readonly IdentityProvider[]> {
  const { DISCORD_CLIENT_ID, GOOGLE_CLIENT_ID, STAND_INS } = environment
  const hasStandIns = STAND_INS !== 'off'
  return [
    ...(hasStandIns || DISCORD_CLIENT_ID ? [await openDiscord(environment)] : []),
    ...(hasStandIns || GOOGLE_CLIENT_ID ? [await openGoogle(environment)] : [])
  ]
}

// With a refresh token, what is kept of a login works for longer than an hour.
const offline = { accessType: 'offline', prompt: 'consent' } as const

function real(provider: Provider): IdentityProvider {
  return { provider, close: async () => undefined }
}

async function standIn(
  profile: ProfileName,
  providerOf: (client: Client, origin: string) => Provider
): Promise<IdentityProvider> {
  // A server with credentials never loads it.
  const { devProvider } = await import('@latchkey/dev-provider')
  const running = await devProvider({ profile })
  const { clientId, clientSecret, origin } = running
  return { provider: providerOf({ clientId, clientSecret }, origin), close: () => running.close() }
}
