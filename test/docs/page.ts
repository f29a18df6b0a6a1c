import { read } from '../architecture/workspace.ts'

/** A block of code of a page. */
export interface Block {
  /** The heading above it, without its marks. */
  readonly section: string
  /** The language after the fence, such as `ts`. */
  readonly language: string
  /** The words after the language: `server` or `fails`. */
  readonly words: readonly string[]
  readonly code: string
}

const HEADING_OR_BLOCK = /^#{1,4} ([^\n]+)$|^```(\w*)([^\n]*)\n(.*?)^```$/gms

/** The blocks of a page of Markdown, in their order. */
export function blocksOf(page: string): Block[] {
  const blocks: Block[] = []
  let section = ''
  for (const [, heading, language = '', words = '', code = ''] of read(page).matchAll(HEADING_OR_BLOCK)) {
    if (heading === undefined) blocks.push({ section, language, words: words.trim().split(/\s+/), code })
    else section = heading
  }
  return blocks
}

/** The name of the file that a block is, from its first line: `// server.ts` or `# nginx.conf`. */
export function fileOf({ code }: Block): string | undefined {
  return /^(?:\/\/|#) (\S*\.\w+|Caddyfile)\n/.exec(code)?.[1]
}
