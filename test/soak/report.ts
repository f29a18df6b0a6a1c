import { spawnSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import type { Row } from './campaign.ts'
import { elsewhere } from './faults/all.ts'
import type { Load } from './load.ts'
import { growth, MOST_GROWTH, type Sample } from './memory.ts'

/** The result of a soak. */
export interface Result {
  readonly start: Date
  readonly seconds: number
  readonly load: Pick<Load, 'sent' | 'counts' | 'unexpected'>
  readonly rows: readonly Row[]
  readonly samples: readonly Sample[]
  readonly unhandled: readonly string[]
  readonly died: readonly (number | string)[]
  readonly warnings: readonly string[]
  readonly log: Readonly<Record<string, number>>
  /** Whether the memory of the process has had the time to settle. */
  readonly isMemoryJudged: boolean
}

const MEGABYTE = 1_048_576
/** The number of the requirement that lists in memory have a limit. */
const ITSELF = 33

/** The failures of a soak, one line for each. */
export function failures({ load, rows, samples, unhandled, died, isMemoryJudged }: Result): readonly string[] {
  const grown = isMemoryJudged ? growth(samples) : 0
  return [
    ...rows.filter(({ isAsExpected }) => !isAsExpected).map(({ fault, seen }) => `FAULT-${fault.number}: ${seen}`),
    ...(load.unexpected.count > 0
      ? [`${load.unexpected.count} unexpected answers, such as ${load.unexpected.first.join('; ')}`]
      : []),
    ...unhandled.map((reason) => `a rejection without a handler: ${reason}`),
    ...died.map((end) => `the server process ended by itself with ${end}`),
    ...(grown > MOST_GROWTH ? [`the heap grew by ${percent(grown)} in the second half`] : [])
  ]
}

/** The page of a soak, in Markdown. */
export function page(result: Result): string {
  const { start, seconds, load, rows, samples } = result
  const found = failures(result)
  return `# Soak

One server with all its parts gets ${thousands(load.sent)} requests, while its databases, issuers, providers, clients, clock and processes fail one after
another. This page is the result. \`npx --yes pnpm@12 soak\` writes it; see [How to repeat it](#how-to-repeat-it).

Run on ${start.toISOString().slice(0, 10)} at commit ${git('rev-parse', '--short', 'HEAD')}, in ${Math.round(seconds / 60)} minutes, with Node.js ${process.versions.node} on ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB) that also ran the databases, the issuers, the providers and the clients.

**Result: ${found.length === 0 ? 'nothing unexpected' : `${found.length} ${found.length === 1 ? 'failure' : 'failures'}`}.**
${found.map((failure) => `\n- ${failure.replace(/\s+/g, ' ').slice(0, 600)}\n`).join('')}
- Unexpected answers: ${load.unexpected.count}.
- Faults that were injected: ${rows.length}, of which ${rows.filter(({ isAsExpected }) => isAsExpected).length} as expected.
- Rejections without a handler: ${result.unhandled.length}. Warnings of Node.js: ${result.warnings.join(', ') || 'none'}.
- Ends of the server process, other than by a signal of this soak: ${result.died.length}.
- Growth of the heap in the second half: ${percent(growth(samples))}. Allowed: ${percent(MOST_GROWTH)}.

## The server

A process of its own with [guard](../packages/guard), [bearer](../packages/bearer), [token-endpoint](../packages/token-endpoint), [password-grant](../packages/password-grant), [session](../packages/session), [login](../packages/login) and [openapi](../packages/openapi), on
the TypeScript sources. It listens on loopback.

- **PostgreSQL** has the refresh tokens, the revocations and the signing keys: they must survive \`kill -9\`, and two processes share them.
- **Redis** has the sessions and the counts of failed attempts. So an outage of one database shows which requests do not need it.
- **SQLite** has the accounts, in a file that the next process opens.
- **Memory** has the verified tokens, the answers of introspection, the keys of issuers and the revocations that are in force. The table of memory below is about them.

The tokens of the load come from an issuer whose keys the server fetches, from the server itself, and from an introspection
endpoint. Logins go to two instances of the [dev-provider](../packages/dev-provider). Connections to PostgreSQL and Redis go through a wire that can be cut.

## Requests

Each kind of request has its set of statuses. Another status is a failure, unless the fault under way explains it. Statuses such as 503
in this table are from faults. "No answer" are requests that the client broke, and those while the process was down.

| request | usual | answers |
| --- | --- | --- |
${[...load.counts].map(([name, own]) => countRow(name, own)).join('\n')}

## Faults

Each row is one of the [requirements](requirements/faults.md). "Seen" is measured by requests of the fault itself; "meanwhile" counts the answers to the
load. After each fault, every usual request must succeed again. The usual refusals of the load, such as 401 for a forged token, are
among the counts. Times are those of a machine that does everything at once.

| fault | injected | expected | seen | meanwhile | verdict |
| --- | --- | --- | --- | --- | --- |
${[...rows]
  .sort((one, other) => one.fault.number - other.fault.number)
  .map(faultRow)
  .join('\n')}
${soakItself(result)}

Not injected here:

| fault | reason | tests |
| --- | --- | --- |
${elsewhere.map(({ number, reason, tests }) => `| FAULT-${number} | ${reason} | ${tests.map((test) => `\`${test}\``).join(', ')} |`).join('\n')}

[Evidence](evidence/faults.md) lists all tests of each fault.

## Memory

The heap of the server process after a forced garbage collection. The process is the one that started last: the faults that end a
process come first. **Flat** means: in the second half of the samples, the mean of the later ones is not more than ${percent(MOST_GROWTH)} above the mean of
the earlier ones. It is ${percent(growth(samples))}.

The heap grows in the first half: the server remembers up to 10,000 verified tokens and 10,000 opened cookies, which are the
defaults, and the load fills both. It remembers up to 500 answers about opaque tokens.

| requests so far | seconds | heap | resident memory |
| --: | --: | --: | --: |
${samples.map(({ sent, seconds: at, heapUsed, rss }) => `| ${thousands(sent)} | ${at} | ${megabytes(heapUsed)} | ${megabytes(rss)} |`).join('\n')}

## How to repeat it

\`\`\`sh
npx --yes pnpm@12 soak
\`\`\`

It needs PostgreSQL and Redis on this machine, as the tests do, and ${Math.max(5, Math.round(seconds / 60))} to ${Math.max(10, Math.round(seconds / 30))} minutes. The exit status is 1 if anything was unexpected.

| option | what it does |
| --- | --- |
| \`--requests 200000\` | sends another number of requests |
| \`--short\` | sends 20,000 requests, and does not write this page |
| \`--faults 3,12\` | injects only these faults, and does not write this page |

The sources are in [test/soak](../test/soak).
`
}

/** One of the requirements is the soak itself. */
function soakItself({ samples, load }: Result): string {
  const grown = growth(samples)
  const [first, last] = [samples[0], samples.at(-1)]
  const seen = first && last ? `${megabytes(first.heapUsed)} at first, ${megabytes(last.heapUsed)} at the end` : ''
  return `| FAULT-${ITSELF} | ${thousands(load.sent)} requests with tokens, sessions, refreshes, revocations and failed attempts | lists in memory have a limit, and the heap is flat | ${seen} | ${percent(grown)} in the second half | ${grown > MOST_GROWTH ? '**fails**' : 'as expected'} |`
}

function countRow(name: string, own: ReadonlyMap<number, number>): string {
  const answers = [...own].sort(([one], [other]) => one - other)
  const most = [...own].sort(([, one], [, other]) => other - one)[0]?.[0]
  return `| ${name} | ${label(most ?? 0)} | ${answers.map(([status, count]) => `${label(status)}: ${thousands(count)}`).join(', ')} |`
}

function faultRow({ fault, seen, meanwhile, isAsExpected }: Row): string {
  const cells = [fault.injected, fault.expected, seen, meanwhile].map((text) =>
    text.replaceAll('|', '\\|').replace(/\s+/g, ' ')
  )
  return `| FAULT-${fault.number} | ${cells.join(' | ')} | ${isAsExpected ? 'as expected' : '**fails**'} |`
}

function label(status: number): string {
  return status === 0 ? 'no answer' : String(status)
}

function thousands(count: number): string {
  return count.toLocaleString('en-US')
}

function megabytes(bytes: number): string {
  return `${(bytes / MEGABYTE).toFixed(1)} MB`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

/** Empty without a repository. */
function git(...command: readonly string[]): string {
  const { status, stdout } = spawnSync('git', command, { encoding: 'utf8', cwd: import.meta.dirname })
  return status === 0 ? stdout.trim() : ''
}
