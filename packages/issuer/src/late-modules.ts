import { type LateModule, lateModule } from '@latchkey/promises'

// Both take longer to load than all of this package, and a server starts without them.

/** The HTTP client, and the connections that it uses. */
export const client: LateModule<typeof import('./connections.ts')> = lateModule(
  'undici',
  () => import('./connections.ts')
)

/** The library that imports keys. */
export const jose: LateModule<typeof import('jose')> = lateModule('jose', () => import('jose'))

/**
 * Loads the modules for fetches and for keys in the background, which otherwise the first use loads. Call it when the server
 * is ready. Never rejects: the call that needs a module throws the error.
 *
 * @example
 * ```ts
 * app.addHook('onReady', async () => void prepareFetches())
 * ```
 */
export async function prepareFetches(): Promise<void> {
  await client.prepare()
  await jose.prepare()
}
