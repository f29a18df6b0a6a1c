import { type LateModule, lateModule } from '@latchkey/promises'

/** The library for tokens. It takes longer to load than all of this package, and a server starts without it. */
export const jose: LateModule<typeof import('jose')> = lateModule('jose', () => import('jose'))
