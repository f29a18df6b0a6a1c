// Stands in for async-hook-domain, by which tap finds the test of an uncaught error. That library follows each promise of a
// process, which takes a quarter of the time of tests with many promises. The tests of a process run one after another, so an
// uncaught error belongs to the running test.

/** The test of the process. */
let root
// Without `await`: tap imports this module.
void import('tap').then((tap) => (root = tap.default))

/** Keeps what tap does with an error of a test. */
export class Domain {
  constructor(onerror) {
    this.onerror = onerror
  }

  destroy() {}
}

process.on('uncaughtExceptionMonitor', (error, origin) => {
  // With a listener, the program under test handles its errors itself.
  if (root === undefined || process.listenerCount('uncaughtException') > 0) return
  // The error is handled, so the process goes on.
  process.once('uncaughtException', () => {})
  running(root).hookDomain.onerror(error, origin)
})

/** The innermost of the tests that run. */
function running(test) {
  const [below] = test.activeSubtests ?? []
  return below === undefined ? test : running(below)
}
