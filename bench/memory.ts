import { connections, requestText } from './load.ts'
import { headersWith, prove } from './proof.ts'
import type { Contender } from './contender.ts'
import { serverProcess } from './server-process.ts'
import type { TokenIssuer } from './tokens.ts'

/** Memory of a server, in megabytes after a garbage collection, by how many different tokens it has seen. */
export interface MemorySample {
  readonly tokens: number
  readonly rss: number
  readonly heapUsed: number
}

/** As many as can be signed and verified in a minute or so. The bearer plugin remembers 10,000 by default. */
const TOKENS = 200_000
const BATCH = 20_000
const MEGABYTE = 1_048_576

/** Sends tokens that are all different, each of them good, and looks at the server's memory now and then. */
export async function memoryUnderTokens(
  contender: Contender,
  issuer: TokenIssuer,
  tell: (line: string) => void
): Promise<readonly MemorySample[]> {
  const server = await serverProcess({ names: [contender.name], keys: issuer.keys }, ['--expose-gc'])
  const samples: MemorySample[] = []
  try {
    const headers = async () => headersWith(await issuer.token('ES256'))
    const target = await prove(contender, server.servers[0]?.url ?? '', await headers(), issuer)
    const sample = async (tokens: number): Promise<void> => {
      tell(`${tokens} of ${TOKENS} tokens`)
      const { rss, heapUsed } = await server.usage()
      samples.push({ tokens, rss: rss / MEGABYTE, heapUsed: heapUsed / MEGABYTE })
    }
    await sample(0)
    for (let tokens = BATCH; tokens <= TOKENS; tokens += BATCH) {
      const batch = await Promise.all(Array.from({ length: BATCH }, headers))
      const open = await connections(target)
      await open.send(batch.map((each) => requestText(target, each)))
      open.close()
      await sample(tokens)
    }
  } finally {
    server.stop()
  }
  return samples
}

/** The samples as Markdown. From the second on the memory of tokens is full, and the heap should not grow any more. */
export function memoryTable(samples: readonly MemorySample[]): string {
  const lines = samples.map(
    ({ tokens, rss, heapUsed }) => `| ${tokens} | ${heapUsed.toFixed(1)} MB | ${rss.toFixed(0)} MB |`
  )
  const growth = (samples.at(-1)?.heapUsed ?? Number.NaN) / (samples[1]?.heapUsed ?? Number.NaN) - 1
  const verdict = `Since the first ${BATCH} tokens the heap grew by ${(100 * growth).toFixed(1)} %.`
  return ['| different tokens so far | heap in use | RSS |', '| --: | --: | --: |', ...lines, '', verdict].join('\n')
}
