import t from 'tap'
import { find, packages, read } from './workspace.ts'

// A sentence with such a start has no concrete subject: "What is signed", "Whoever asks".
const RIDDLE = /^(?:What|Whatever|Who|Whoever|Whom|Nobody)\b|\b(?:whoever|this house|the house)\b/
const COMMENT = /^\s*(?:\/\*\*|\/\/|\*)\s+(.*)/

t.test('comments of sources and examples begin with the name of a thing', async (t) => {
  const files = [...packages.flatMap(({ sources }) => sources), ...find('examples/**/*.ts')]
  const riddles = files.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, at) => (RIDDLE.test(COMMENT.exec(line)?.[1] ?? '') ? `${file}:${at + 1} ${line.trim()}` : []))
  )
  t.same(riddles, [])
})
