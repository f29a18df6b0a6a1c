import path from 'node:path'
import t from 'tap'
import { find, read } from '../architecture/workspace.ts'

const EXAMPLE = 'examples/existing-server'
const page = read('docs/from-fastify-session.md')
const filesOf = (state: string): string[] =>
  find(`${EXAMPLE}/${state}/{plugins,routes}/**/*.ts`).map((file) => path.posix.relative(`${EXAMPLE}/${state}`, file))

t.test('the plugins of after/ are those of the steps, in every character', async (t) => {
  const snippets = [...page.matchAll(/```ts\n\/\/ (\S+\.ts)\n(.*?)```/gs)]
  const shown = snippets.map(([, name = '', code]) => {
    t.equal(code, read(`${EXAMPLE}/after/${name}`), name)
    return name
  })
  t.same(
    shown.sort(),
    filesOf('after').filter((file) => file.startsWith('plugins/'))
  )
})

t.test('before/ has the same files as after/, and those that the steps delete', async (t) => {
  const after = filesOf('after')
  const deleted = filesOf('before').filter((file) => !after.includes(file))
  t.same(
    [...page.matchAll(/Delete `([^`]+)`/g)].map(([, file]) => file),
    deleted
  )
  t.same(
    after.filter((file) => !filesOf('before').includes(file)),
    []
  )
})

t.test('the rows of the routes have code of before/ at the left, and code of after/ at the right', async (t) => {
  const [, table = ''] = page.split('| before | after |\n')
  const rows = table.split('\n\n')[0]?.split('\n').slice(1) ?? []
  t.equal(rows.length, 9)
  const codeOf = (state: string): string =>
    filesOf(state)
      .map((file) => read(`${EXAMPLE}/${state}/${file}`))
      .join()
  const [before, after] = [codeOf('before'), codeOf('after')]
  for (const row of rows) {
    const [left = '', right = ''] = row.split(' | ')
    for (const code of codesIn(left)) t.ok(before.includes(code) && !after.includes(code), code)
    for (const code of codesIn(right)) t.ok(after.includes(code) && !before.includes(code), code)
  }
})

t.test('after/ has fewer lines than before/', async (t) => {
  const linesOf = (state: string): number =>
    filesOf(state).reduce((sum, file) => sum + read(`${EXAMPLE}/${state}/${file}`).split('\n').length, 0)
  t.ok(linesOf('after') < 0.85 * linesOf('before'), `${linesOf('after')} and ${linesOf('before')}`)
})

function codesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}
