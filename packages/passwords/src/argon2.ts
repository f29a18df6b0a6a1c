import { type LateModule, lateModule } from '@latchkey/promises'

/** The library that hashes. */
export type Argon2 = typeof import('@node-rs/argon2')

/** Its native part takes long to load, and a server starts without it. */
export const argon2: LateModule<Argon2> = lateModule('@node-rs/argon2', () => import('@node-rs/argon2'))

/**
 * Loads the hashing library in the background, so that the first sign-in does not wait for it. For authors of plugins, in an
 * `onReady` hook. Does not throw: if the library cannot be loaded, each sign-in fails.
 *
 * @example
 * ```ts
 * app.addHook('onReady', async () => prepareHashing())
 * ```
 */
export function prepareHashing(): void {
  void argon2.prepare()
}
