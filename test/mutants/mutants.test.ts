import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { mutants } from './mutants.ts'

const root = path.join(import.meta.dirname, '../..')

t.test('each mutant changes one existing place and names existing tests (K0)', async (t) => {
  const astray = mutants.filter(({ file, find, tests }) => {
    const places = readFileSync(path.join(root, file), 'utf8').split(find).length - 1
    return places !== 1 || !tests.every((test) => existsSync(path.join(root, test)))
  })
  t.same(
    astray.map(({ file, breaks }) => `${file}: ${breaks}`),
    []
  )
})

t.test('each mutant has a unique name and changes its place (K0)', async (t) => {
  t.equal(new Set(mutants.map(({ breaks }) => breaks)).size, mutants.length)
  t.same(
    mutants.filter(({ find, replace }) => find === replace),
    []
  )
})
