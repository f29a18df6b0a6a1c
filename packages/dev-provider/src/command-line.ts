import { parseArgs } from 'node:util'
import { type DevProvider, devProvider } from './dev-provider.ts'
import type { FaultName, FaultSettings } from './fault-settings.ts'
import { faultFromFields } from './fault-fields.ts'
import { faults } from './faults/by-name.ts'
import { OptionError } from './option-error.ts'
import type { DevProviderOptions } from './options.ts'
import type { ProfileName } from './profile-name.ts'

const USAGE = `Usage: latchkey-dev-provider [options]

Discord, Google or plain OpenID Connect on 127.0.0.1, with made-up people and without passwords.

  --profile <name>       discord, google or oidc (default)
  --port <number>        4000 by default; 0 for any that is free
  --client-id <id>       the application, latchkey by default
  --client-secret <text> its secret, latchkey-development-secret by default
  --redirect-uri <uri>   where answers may be sent; may be repeated. Default: any loopback URI
  --auto-login <person>  answers as ada, grace, alan or hypatia, without the page
  --fault <fault>        misbehaves from the start; may be repeated. As in deny, or slow,endpoint=jwks,delay=500,times=1
  --insecure-allow-production  starts although NODE_ENV is production
  --help                 prints this

Faults, which can be switched at run time too, on the page of the provider or by POST /faults:
${Object.values(faults)
  .map(({ name, summary }) => `  ${name.padEnd(20)} ${summary}`)
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
  if (fault === '') throw new OptionError('fault', 'must be as in slow,endpoint=jwks,delay=500,times=1')
  return faultFromFields({ ...Object.fromEntries(new URLSearchParams(settings.replaceAll(',', '&'))), fault })
}

function summary({ profile, endpoints, issuer, clientId, clientSecret, registration }: DevProvider): string {
  const lines = { profile, issuer, ...endpoints, 'client id': clientId, 'client secret': clientSecret }
  const text = Object.entries(lines).map(([name, value]) => `  ${name.padEnd(14)} ${value}`)
  return `${text.join('\n')}\n\nFor the option providers of @latchkey/login:\n\n  ${registration}\n\nListening on 127.0.0.1 only. Open ${issuer} for the faults; Ctrl+C stops.\n`
}
