import t from 'tap'
import { find, packages, read } from './workspace.ts'

// A sentence with such a start has no concrete subject: "What is signed", "Whoever asks".
const RIDDLE = /^(?:What|Whatever|Who|Whoever|Whom|Nobody)\b|\b(?:whoever|this house|the house)\b/
const COMMENT = /^\s*(?:\/\*\*|\/\/|\*)\s+(.*)/
const TITLE = /\bt\.test\(\s*(['"`])(.*)\1/g
const SENTENCE_OF_MARKDOWN = /(?:^(?:- (?:\*\*\S+\*\*: )?|\d+\. )?|\. )(?=[A-Z])/gm

t.test('comments of sources and examples begin with the name of a thing', async (t) => {
  const files = [...packages.flatMap(({ sources }) => sources), ...find('examples/**/*.ts')]
  const riddles = files.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, at) => (RIDDLE.test(COMMENT.exec(line)?.[1] ?? '') ? `${file}:${at + 1} ${line.trim()}` : []))
  )
  t.same(riddles, [])
})

t.test('titles of all tests have a concrete subject', async (t) => {
  const files = find('packages/*/test/**/*.ts', 'test/**/*.ts')
  const titles = files.flatMap((file) => [...read(file).matchAll(TITLE)].map(([, , title = '']) => title))
  t.ok(titles.length > 0)
  t.same(
    titles.filter((title) => RIDDLE.test(capitalized(title))),
    []
  )
})

t.test('sentences of the requirements have a concrete subject', async (t) => {
  const sentences = find('docs/requirements/*.md').flatMap((file) => read(file).split(SENTENCE_OF_MARKDOWN))
  t.ok(sentences.length > 0)
  t.same(
    sentences.filter((sentence) => RIDDLE.test(sentence)),
    []
  )
})

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
