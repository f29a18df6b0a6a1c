import { type DevProvider, devProvider } from '@latchkey/dev-provider'
import { discord, google, type Provider } from '@latchkey/login'
import type { Running } from './loopback.ts'

/** A stand-in for Discord or Google, which runs as long as the test, and the login with it. */
export async function standIn(
  t: Running,
  profile: 'discord' | 'google'
): Promise<{ readonly running: DevProvider; readonly provider: Provider }> {
  const running = await devProvider({ profile })
  t.teardown(running.close)
  const { clientId, clientSecret, issuer, origin: baseUrl } = running
  const provider =
    profile === 'discord' ? discord({ clientId, clientSecret, baseUrl }) : google({ clientId, clientSecret, issuer })
  return { running, provider }
}
