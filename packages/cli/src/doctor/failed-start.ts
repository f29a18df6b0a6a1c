import type { LoadFailure } from '../app/protocol.ts'
import type { Finding } from '../findings.ts'

const FIX = 'follow the advice of the message'

/** The finding about a server that Latchkey does not let start; `null` for another failure. */
export function failedStart({ code, message }: LoadFailure): Finding | null {
  const finding = message.split('\n').join('\n  ')
  if (code === 'LATCHKEY_STORE_SETUP') {
    return {
      rule: 'store-not-migrated',
      severity: 'error',
      finding,
      fix: 'call await store.migrate() before the plugins are registered',
      see: '@latchkey/store/README.md#sqlstoreoptions'
    }
  }
  if (code === 'LATCHKEY_ROUTE_ACCESS') {
    return { rule: 'route-access', severity: 'error', finding, fix: FIX, see: '@latchkey/guard/README.md#rules' }
  }
  if (code !== 'LATCHKEY_REGISTRATION') return null
  if (/ secrets\[\d+\] must be 32 random bytes/.test(message)) {
    return {
      rule: 'weak-secret',
      severity: 'error',
      finding,
      fix: 'make a secret with "latchkey keys secret", and set the environment variable to it',
      see: '@latchkey/secrets/README.md#functions'
    }
  }
  return { rule: 'wrong-option', severity: 'error', finding, fix: FIX, see: `${pluginOf(message)}/README.md#options` }
}

function pluginOf(message: string): string {
  return /^(?:@latchkey\/[a-z-]+|latchkey)(?=: )/.exec(message)?.[0] ?? '@latchkey/token-endpoint'
}
