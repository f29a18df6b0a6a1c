import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import t from 'tap'
import { root } from './workspace.ts'

// Names of one machine or one network have no meaning on another.
const faults = [
  {
    name: 'the host of a package registry',
    pattern: /\bregistry\.[a-z]+\.(?:com|dev|io|org)\b|\bnpmjs\.(?:com|org)\b/
  },
  { name: 'a path of one machine', pattern: /(?<![\w.~-])\/(?:Users|root|work)\/\w/ },
  { name: 'the folder of this checkout', pattern: literally(root) },
  { name: 'the home folder of the current user', pattern: literally(`${homedir()}${path.sep}`) }
]

const files = trackedFiles()

for (const { name, pattern } of faults) {
  t.test(`no tracked file names ${name}`, { skip: files === null && 'not a git checkout' }, async (t) => {
    t.same(
      (files ?? []).filter(({ text }) => pattern.test(text)).map(({ file }) => file),
      []
    )
  })
}

function trackedFiles(): { file: string; text: string }[] | null {
  const { status, stdout } = spawnSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  if (status !== 0) return null
  return stdout
    .split('\0')
    .filter((file) => file !== '' && existsSync(path.join(root, file)))
    .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }))
}

function literally(text: string): RegExp {
  return new RegExp(text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
}
