// Only a package's own tests cover it. Code that the flows in this folder run does not count.
import { globSync } from 'tinyglobby'
import { folderOf } from './processes.js'

export default (test) => {
  const [folder, name] = (folderOf(test) ?? test).split(/[\\/]/)
  return folder === 'packages' ? globSync(`packages/${name}/src/**/*.ts`) : null
}
