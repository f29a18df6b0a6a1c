// Only a package's own tests cover it. Code that the flows in this folder run does not count.
import { globSync } from 'tinyglobby'
import { folderOf } from './processes.js'

// These run only in processes of the command line, from bundles or through tsx: their coverage cannot be mapped to the
// sources.
const OTHER_PROCESSES = ['packages/cli/src/{inspector,latchkey}.ts', 'packages/cli/src/app/app-of-exports.ts']

export default (test) => {
  const [folder, name] = (folderOf(test) ?? test).split(/[\\/]/)
  return folder === 'packages' ? globSync(`packages/${name}/src/**/*.ts`, { ignore: OTHER_PROCESSES }) : null
}
