import { type LateModule, lateModule } from '@latchkey/promises'

/** The library that hashes. */
export type Argon2 = typeof import('@node-rs/argon2')

/** Its native part takes long to load, and a server starts without it. */
export const argon2: LateModule<Argon2> = lateModule('@node-rs/argon2', () => import('@node-rs/argon2'))
