import { parseArgs } from 'node:util'
import { RegistrationError } from '@latchkey/options'
import type { DevProvider } from './dev-provider.ts'
import { faultFromFields } from './faults/input.ts'
import type { FaultName, FaultSettings } from './faults/settings.ts'
import { faults } from './faults/table.ts'
import type { DevProviderOptions } from './options.ts'
import type { ProfileName } from './profiles/endpoints.ts'

const USAGE = `Usage: latchkey-dev-provider [options]

Discord, Google or plain OpenID Connect on 127.0.0.1, with fictional people and without passwords.

  --profile <name>       discord, google or oidc (default)
  --port <number>        the port on 127.0.0.1; 0 for any free port. Default: 4000
  --client-id <id>       the client id. Default: latchkey
  --client-secret <text> the client secret. Default: latchkey-development-secret
  --redirect-uri <uri>   an allowed redirect URI; may be repeated. Default: any loopback URI
  --auto-login <person>  signs in ada, grace, alan or hypatia without the page
  --fault <fault>        switches a fault on at the start, as in deny, or slow,endpoint=jwks,delay=500,times=1; may be repeated
  --insecure-allow-production  starts even if NODE_ENV is production
  --help                 prints this text

Faults. They can also be switched at run time: on the page of the provider, or by POST /faults.
${Object.entries(faults)
  .map(([name, { summary }]) => `  ${name.padEnd(20)} ${summary}`)
  .join('\n')}
`

/** Starts a provider with the given arguments, prints the configuration, and closes the provider at SIGINT and SIGTERM. */
export async function run(args: string[]): Promise<void> {
  try {
    const options = readOptions(args)
    if (options === 'help') {
      process.stdout.write(USAGE)
      return
    }
    // Not before the arguments are read: oidc-provider takes a second to load.
    const { devProvider } = await import('./dev-provider.ts')
    const provider = await devProvider(options)
    process.stdout.write(summary(provider))
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void provider.close())
  } catch (error) {
    const { message } = error as Error // everything above throws errors
    process.stderr.write(`latchkey-dev-provider: ${message}\nlatchkey-dev-provider --help lists the options.\n`)
    process.exitCode = 2
  }
}

function readOptions(args: string[]): DevProviderOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      profile: { type: 'string' },
      port: { type: 'string', default: '4000' },
      'client-id': { type: 'string', default: 'latchkey' },
      'client-secret': { type: 'string', default: 'latchkey-development-secret' },
      'redirect-uri': { type: 'string', multiple: true },
      'auto-login': { type: 'string' },
      fault: { type: 'string', multiple: true, default: [] },
      'insecure-allow-production': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' }
    }
  })
  if (values.help === true) return 'help'
  return {
    profile: values.profile as ProfileName | undefined, // devProvider() refuses an unknown profile
    port: Number(values.port),
    clients: [
      {
        clientId: values['client-id'],
        clientSecret: values['client-secret'],
        redirectUris: values['redirect-uri']
      }
    ],
    autoLogin: values['auto-login'],
    faults: Object.fromEntries(values.fault.map(readFault)),
    insecureAllowProduction: values['insecure-allow-production']
  }
}

// Reads a fault such as slow,endpoint=token,delay=500.
function readFault(text: string): [FaultName, FaultSettings] {
  const [, fault = '', settings = ''] = /^([^,]+)((?:,(?:endpoint|times|delay|status)=[^,=]+)*)$/.exec(text) ?? []
  if (fault === '') {
    throw new RegistrationError(
      '@latchkey/dev-provider',
      'fault must have the form slow,endpoint=jwks,delay=500,times=1'
    )
  }
  return faultFromFields({ ...Object.fromEntries(new URLSearchParams(settings.replaceAll(',', '&'))), fault })
}

function summary({ profile, endpoints, issuer, clientId, clientSecret, registration }: DevProvider): string {
  const lines = { profile, issuer, ...endpoints, 'client id': clientId, 'client secret': clientSecret }
  const text = Object.entries(lines).map(([name, value]) => `  ${name.padEnd(14)} ${value}`)
  return `${text.join('\n')}\n\nFor the option providers of @latchkey/login:\n\n  ${registration}\n\nThe provider listens on 127.0.0.1 only. Open ${issuer} to switch faults. Ctrl+C stops the provider.\n`
}
