import { type LateModule, lateModule } from '@latchkey/promises'

/** The library for keys and tokens. It takes longer to load than all of this package, and only a server with this plugin needs it. */
export const jose: LateModule<typeof import('jose')> = lateModule('jose', () => import('jose'))
