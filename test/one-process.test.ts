import { spawnSync } from 'node:child_process'
import path from 'node:path'
import t from 'tap'
import { PROGRAM_OPTIONS } from './programs.ts'
import { folderOf, processesFor, serialFiles } from './processes.js'

const root = path.join(import.meta.dirname, '..')

t.test(
  'runs the files of a folder in one process, and a file with a comment about it in its own process',
  async (t) => {
    const folder = t.testdir({
      some: {
        'a.test.ts': '// A',
        'b.test.ts': '',
        'c.test.ts': '// Runs in a process of its own: it changes the clock.',
        'e.test.ts': '// Runs in a process of its own, while no other test runs: it measures time.'
      },
      other: { 'd.test.ts': '' }
    })
    const [a, d, b, c, e] = ['some/a', 'other/d', 'some/b', 'some/c', 'some/e'].map((name) =>
      path.relative(root, path.join(folder, `${name}.test.ts`))
    ) as [string, string, string, string, string]
    const processes = path.join(folder, 'processes')
    t.same(processesFor([a, d, b, c, e], processes), [
      path.relative(root, path.join(processes, '100', `${path.dirname(a)}.js`)),
      d,
      c,
      e
    ])
    t.same(serialFiles([a, d, b, c, e]), [e])
  }
)

t.test('returns the folder of a process from its name', async (t) => {
  t.equal(folderOf('.tap/processes/104/packages/guard/test.js'), 'packages/guard/test')
  t.equal(folderOf('packages/guard/test/scope.test.ts'), null)
})

t.test('a file that changes shared state or asserts outside its tests fails, and the files after it run', async (t) => {
  const folder = t.testdir({
    'asserts.test.ts': `import t from 'tap'
      t.test('asserts', async () => { t.equal(1, 1) })`,
    'changes.test.ts': `import t from 'tap'
      t.test('changes', async () => { process.env.LATCHKEY_CHANGED = 'yes' })`,
    'fails.test.ts': `import t from 'tap'
      t.before(() => console.log('# before'))
      t.teardown(() => console.log('# teardown'))
      t.test('fails', async (t) => t.equal(1, 2))`,
    'passes.test.ts': `import t from 'tap'
      t.setTimeout(60_000)
      t.test('passes', async (t) => t.equal(1, 1))`
  })
  const { results, status, files } = runFiles(folder, ['asserts', 'changes', 'fails', 'passes'])
  t.same(results, [
    `ok 1 - ${files[0]}`,
    'ok 2 - should be equal',
    `not ok 3 - ${files[0]} asserts by the test of its process, not by its own`,
    `ok 4 - ${files[1]}`,
    `not ok 5 - ${files[1]} leaves the environment, folder or timers changed`,
    '# before',
    '# teardown',
    `not ok 6 - ${files[2]}`,
    `ok 7 - ${files[3]}`
  ])
  t.equal(status, 1)
})

t.test('an uncaught error fails the running test, and the tests after it run', async (t) => {
  const folder = t.testdir({
    'throws.test.ts': `import t from 'tap'
      t.test('throws', async (t) => {
        setTimeout(() => { throw new Error('nobody catches this') })
        await new Promise((resolve) => setTimeout(resolve, 1000))
      })
      t.test('passes', async (t) => t.equal(1, 1))`,
    'rejects.test.ts': `import t from 'tap'
      t.test('rejects', async (t) => {
        void Promise.reject(new Error('nobody catches this'))
        await new Promise((resolve) => setTimeout(resolve, 1000))
      })`,
    'listens.test.ts': `import { once } from 'node:events'
      import t from 'tap'
      t.test('listens', async (t) => {
        setTimeout(() => { throw new Error('listened to') })
        const [error] = await once(process, 'uncaughtException')
        t.equal(error.message, 'listened to')
      })`
  })
  const { results, status, files } = runFiles(folder, ['throws', 'rejects', 'listens'], /^ *(not )?ok/)
  t.same(results, [
    'not ok 1 - nobody catches this',
    'not ok 1 - throws',
    'ok 1 - should be equal',
    'ok 2 - passes',
    `not ok 1 - ${files[0]}`,
    'not ok 1 - nobody catches this',
    'not ok 1 - rejects',
    `not ok 2 - ${files[1]}`,
    'ok 1 - should be equal',
    'ok 1 - listens',
    `ok 3 - ${files[2]}`
  ])
  t.equal(status, 1)
})

/** The results of files that run in one process: lines of TAP without their times. */
function runFiles(folder: string, names: readonly string[], wanted = /^(not )?ok|^\s*# (before|teardown)/) {
  const files = names.map((name) => path.relative(root, path.join(folder, `${name}.test.ts`)))
  const program = `import { runInOneProcess } from ${JSON.stringify(path.join(import.meta.dirname, 'one-process.ts'))}
    await runInOneProcess(${JSON.stringify(files)})`
  const { stdout, status } = spawnSync(process.execPath, [...PROGRAM_OPTIONS, '--input-type=module', '-e', program], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '' },
    encoding: 'utf8'
  })
  const results = stdout
    .split('\n')
    .filter((line) => wanted.test(line))
    .map((line) => line.replace(/ # time=.*/, '').trim())
  return { results, status, files }
}
