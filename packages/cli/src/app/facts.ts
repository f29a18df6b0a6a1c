import type { GuardedRoute } from '@latchkey/guard'
import type { ServerReport } from './protocol.ts'

/** The facts of a store. */
export interface StoreFacts {
  readonly inMemory: boolean
  /** In milliseconds. */
  readonly clockAheadBy: number
}

/** The facts that the plugins add with `addInspection()`. A plugin of another version may lack some. */
export interface PluginFacts {
  readonly '@latchkey/guard': { readonly undeclared: 'deny' | 'allow'; readonly routes: readonly GuardedRoute[] }
  readonly '@latchkey/session': {
    readonly origin: string | null
    readonly cookie: { readonly name: string; readonly secure: boolean }
    readonly secrets: readonly string[]
    readonly store: StoreFacts
  }
  readonly '@latchkey/login': {
    readonly origin: string
    readonly callbacks: readonly { readonly provider: string; readonly redirectUri: string }[]
    readonly secrets: readonly string[]
    /** Those of the providers, which know them. */
    readonly clientSecrets: readonly string[]
    readonly store: StoreFacts | null
  }
  readonly '@latchkey/token-endpoint': {
    readonly issuer: string
    readonly tokenUrl: string
    readonly grantTypes: readonly string[]
    readonly keys: {
      readonly madeAtStart: boolean
      readonly published: readonly { readonly kid: string; readonly alg: string; readonly signs: boolean }[]
      readonly secrets: readonly string[]
    }
    readonly store: StoreFacts
  }
  readonly '@latchkey/password-login': { readonly origin: string; readonly store: StoreFacts }
  readonly '@latchkey/api-keys': { readonly store: StoreFacts }
  readonly '@latchkey/throttle': { readonly of: string; readonly proxyTrust: 'none' | 'some' | 'every' | 'unknown' }
}

/** Returns the facts of each registration of a plugin. */
export function factsOf<Name extends keyof PluginFacts>(
  { plugins }: ServerReport,
  name: Name
): readonly PluginFacts[Name][] {
  // The plugins make these facts, and the command line is released with them.
  return plugins.filter(({ plugin }) => plugin === name).map(({ facts }) => facts as unknown as PluginFacts[Name])
}
