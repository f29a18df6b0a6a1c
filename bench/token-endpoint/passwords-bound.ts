// The lower bound of a password login, in a process of its own: one argon2id hash, as many at once as there are cores.
import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { endWithParent } from '../parent.ts'
import { PASSWORD } from './names.ts'
import type { Ready, Replayed } from './bound.ts'

/** The defaults of `argon2Passwords()`. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

const hashed = await hash(PASSWORD, PARAMETERS)
let count = 0

process.on('message', (message: { readonly refreshes?: number }) => {
  if (message.refreshes === undefined) void replay().then((replayed) => process.send?.(replayed))
  else {
    count = message.refreshes
    process.send?.({ steps: 0 } satisfies Ready)
  }
})
endWithParent()

async function replay(): Promise<Replayed> {
  const before = performance.now()
  let left = count
  const work = async (): Promise<void> => {
    while (left-- > 0) await verify(hashed, PASSWORD)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return { refreshes: count, seconds: (performance.now() - before) / 1000 }
}
