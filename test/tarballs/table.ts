import { OK } from './checks.ts'
import type { Row } from './matrix.ts'

/** The circumstances of a run. */
export interface Circumstances {
  readonly date: string
  readonly commit: string
  /** The tools by name. */
  readonly versions: Readonly<Record<string, string>>
  readonly lines: readonly { readonly page: string; readonly packages: readonly string[]; readonly outcome: string }[]
}

/** The page of a run, in Markdown. */
export function page(rows: readonly Row[], { date, commit, versions, lines }: Circumstances): string {
  const tools = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `# Tarballs

The packages as users get them: built, packed, and installed into an empty folder outside of this repository, where every package of
Latchkey is its tarball. \`npx --yes pnpm@12 tarballs\` writes this page; \`--short\` is the part that every change must pass.

Run on ${date} at commit ${commit}, with ${tools.join(', ')}.

- **server**: the program of the [README](../README.md), and the requests that it shows.
- **TypeScript**: the program of the README of [\`latchkey\`](../packages/latchkey), and one that imports every entry point, compiled
  with the newest TypeScript, and once with the oldest that is supported, 5.9, \`nodenext\` and \`node20\`, \`strict\`, \`exactOptionalPropertyTypes\` and
  \`skipLibCheck: false\`, and run.
- **CommonJS**: a server, and a program that loads every entry point, with \`require()\`.

Every Node.js runs the files that npm installed; the one that runs the tests runs those of pnpm and Yarn. Fastify 6 has no release
yet, and its prereleases are not supported: their row is for information.

| package manager | Fastify | Node.js | install | server | TypeScript | CommonJS |
| --- | --- | --- | --- | --- | --- | --- |
${rows.map(rowOf).join('\n')}

## Lines of the READMEs

Each \`npm install\` line was run in an empty folder, and the modules of the program after it were imported. On a page of \`docs\` the
lines before it were run too.

| page | installed | modules |
| --- | --- | --- |
${lines.map(({ page: name, packages, outcome }) => `| ${name} | ${packages.join(' ')} | ${short(outcome)} |`).join('\n')}
`
}

function rowOf({ manager, fastify, node, install, server, typescript, commonJs }: Row): string {
  const outcomes = [install, server, typescript, commonJs].map(short)
  return `| ${[manager, fastify, node, ...outcomes].join(' | ')} |`
}

/** An outcome in a cell. The output of a tool may contain addresses and paths of the machine. */
function short(outcome: string): string {
  if (outcome === OK) return OK
  const [line = ''] = outcome.split('\n').filter((each) => /error|expected|cannot|not run|fails/i.test(each))
  return (
    line
      .replace(/(?:https?|file):\/\/\S+|\/\S*\/\S+/g, '…')
      .replaceAll('|', '\\|')
      .slice(0, 160) || 'fails'
  )
}
