// Reads TAP as tap writes it (a block of indented lines for each test file, closed by its result; the blocks of files that
// share a process within a block of that process) and prints a summary for people.

import { folderOf } from './processes.js'

const RESULT = /^( *)(not )?ok\b/
const FILE = /^(not )?ok \d+ - (.*?)(?: # time=(\S+))?$/
const INDENT = '    '
// A line of the table of coverage, which may come between any two lines of TAP.
const COVERAGE = /^(?:-+\|-|File +\| % Stmts| *\S+(?: files)? +\| +[\d.]+ \|)/
const SUBTEST = /^# Subtest: (.*)$/
const TOTALS = /^# \{ (.*) \}$/
const SKIP = /^ *ok \d+(?: - (.*?))? # SKIP\b ?(.*)$/
// Lines between files that are printed: how a file ended if not by itself, and text that is not TAP.
const WORTH_SEEING = /^ {2}(?:exitCode|signal|expired|timeout):|^(?!TAP version|\d+\.\.|# time=|$| )/
// The reason of a skip because of something missing that continuous integration must provide.
const MISSING = /\b(?:needs|no) (?:chromium|corpora|fastapi|mariadb|nginx|postgresql|redis|the npm registry)\b/

/** A reader of TAP lines that calls `print` with a line for each file, its failures, and the lines after the last file. */
export function tapReport(print) {
  let block = []
  let inBlock = false
  let inProcess = false
  const totals = { passed: 0, failed: 0, skipped: 0, missing: [] }
  const files = []

  return { read, totals: () => totals, slowest }

  /** The files that took longest, each as a line. */
  function slowest(most) {
    const longestFirst = [...files].sort((one, other) => other.milliseconds - one.milliseconds)
    return longestFirst.slice(0, most).map(({ name, milliseconds }) => `${Math.round(milliseconds)} ms  ${name}`)
  }

  function read(line) {
    const begun = SUBTEST.exec(line)
    const ended = FILE.exec(line)
    if (begun !== null && folderOf(begun[1]) !== null) inProcess = true
    else if (ended !== null && folderOf(ended[2]) !== null) readProcess(ended)
    else readLine(inProcess && line.startsWith(INDENT) ? line.slice(INDENT.length) : line)
  }

  // The files of a process that ended well have had their lines.
  function readProcess([, not, name, time]) {
    if (not !== undefined) print(`FAIL  ${folderOf(name)}  ${duration(time)}`)
    inProcess = false
  }

  function readLine(line) {
    const skip = SKIP.exec(line)
    if (skip !== null && MISSING.test(line)) totals.missing.push(skip.slice(1).filter(Boolean).join(': '))
    const counts = TOTALS.exec(line)
    const file = FILE.exec(line)
    if (COVERAGE.test(line)) print(line)
    else if (counts !== null) readTotals(counts[1])
    else if (file !== null) readFile(file)
    else if (line.startsWith('# Subtest')) inBlock = true
    else if (inBlock) block.push(line)
    else if (WORTH_SEEING.test(line)) print(line)
  }

  function readFile([, not, name, time]) {
    print(`${not === undefined ? 'ok  ' : 'FAIL'}  ${name}  ${duration(time)}`)
    if (time !== undefined) files.push({ name, milliseconds: Number.parseFloat(time) })
    if (not !== undefined) for (const line of failures(block)) print(line)
    block = []
    inBlock = false
  }

  function readTotals(text) {
    const count = (name) => Number(new RegExp(`\\b${name}: (\\d+)`).exec(text)?.[1] ?? 0)
    totals.passed = count('pass')
    totals.failed = count('fail')
    totals.skipped = count('skip') + count('todo')
  }
}

// The failures, under the names of the subtests around them. Passed subtests are removed when their result comes.
function failures(block) {
  const kept = []
  const starts = new Map()
  let ofSubtest = null
  for (const line of block) {
    const subtest = /^( *)# Subtest/.exec(line)
    const result = RESULT.exec(line)
    if (subtest !== null) starts.set(subtest[1], kept.push(line) - 1)
    else if (result !== null) {
      const [, indent, not] = result
      const start = starts.get(indent)
      starts.delete(indent)
      if (not !== undefined) kept.push(line)
      else if (start !== undefined) kept.length = start
      // The start of a subtest contains no failure.
      ofSubtest = start === undefined ? null : `${indent}  `
    } else if (ofSubtest !== null && line.startsWith(ofSubtest)) continue
    else if (!/^ *(?:\d+\.\.\d+|# time=.*)?$/.test(line)) kept.push(line)
  }
  return kept
}

function duration(time = '') {
  return time.replace(/(?:\.\d+)?ms$/, ' ms')
}
