import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import t, { type Test } from 'tap'

const root = path.join(import.meta.dirname, '..')
const LONGEST_FILE = 120_000

// For the processes that a test starts: tap turned ts-node on again when it was imported.
process.env['TAP_TYPE_STRIP_ONLY'] = '1'

/**
 * Runs test files one after another in this process, each as a subtest of its name: starting Node and importing Fastify
 * takes longer than most files. A file fails if it leaves a changed environment, folder or timer to the files after it, or if it
 * asserts outside its tests.
 */
export async function runInOneProcess(files: readonly string[]): Promise<void> {
  // A test may wait for a timer that does not keep the process alive.
  const alive = setInterval(() => {}, 60_000)
  const test = t.test.bind(t)
  for (const file of files) {
    const before = shared()
    const { count } = t
    await test(file, { timeout: LONGEST_FILE }, async (subtest) => {
      standIn(subtest)
      await import(pathToFileURL(path.join(root, file)).href)
    })
    if (t.count !== count + 1) t.fail(`${file} asserts by the test of its process, not by its own`)
    if (!isDeepStrictEqual(shared(), before)) t.fail(`${file} leaves the environment, folder or timers changed`)
  }
  clearInterval(alive)
}

/** Leads what a file asks of the test of its process to the subtest of the file. */
function standIn(subtest: Test): void {
  Object.assign(t, {
    test: subtest.test.bind(subtest),
    before: subtest.before.bind(subtest),
    beforeEach: subtest.beforeEach.bind(subtest),
    afterEach: subtest.afterEach.bind(subtest),
    teardown: subtest.teardown.bind(subtest),
    setTimeout: subtest.setTimeout.bind(subtest)
  })
}

function shared(): unknown {
  return { environment: { ...process.env }, folder: process.cwd(), setTimeout, setInterval, Date, fetch }
}
