// Loads modules for tests: `node --import=./test/loader/register.js`.
import { register } from 'node:module'
import path from 'node:path'
import { folderOf } from '../processes.js'

const root = path.join(import.meta.dirname, '../..')
// Coverage counts the sources of a package in its own tests. The tests in `test` import what test/run.js has bundled.
const name = path.relative(root, process.argv[1] ?? '')
const isOfBundles = /^test([\\/]|$)/.test(folderOf(name) ?? name)
const isTest = folderOf(name) !== null || name.endsWith('.test.ts')

register('./hooks.js', import.meta.url, { data: { isOfBundles, isTest } })
