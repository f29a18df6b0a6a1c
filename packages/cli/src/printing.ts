import { styleText } from 'node:util'
import Table from 'cli-table3'

type Style = Parameters<typeof styleText>[0]

const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid']
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`, `left-${side}`, `right-${side}`])
    .map((name) => [name, ''])
)

/** Lets a reader of the output, such as `head`, end before the output does. */
export function allowEarlyReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.off('error', ignoreClosedPipe).on('error', ignoreClosedPipe)
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

/** Prints a text to the standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Prints a text for people to the standard error, so that the output of the command can be piped. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Colours a text of the standard output, on a terminal only. Obeys `NO_COLOR` and `FORCE_COLOR`. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

/** Makes a table in columns of text, without lines. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const made = new Table({
    chars: { ...NO_LINES, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 }
  })
  made.push(
    head.map((title) => paint('bold', title)),
    ...rows.map((row) => [...row])
  )
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** Prints data as JSON, for programs. */
export function printJson(data: unknown): void {
  print(JSON.stringify(data, null, 2))
}
