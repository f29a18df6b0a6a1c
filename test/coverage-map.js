// A package is covered by its own tests alone: what the flows in this folder happen to run counts for nobody.
import { globSync } from 'tinyglobby'
import { folderOf } from './processes.js'

export default (test) => {
  const [folder, name] = (folderOf(test) ?? test).split(/[\\/]/)
  return folder === 'packages' ? globSync(`packages/${name}/src/**/*.ts`) : null
}
