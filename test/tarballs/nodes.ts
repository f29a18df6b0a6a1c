// The versions of Node.js that users have, as the npm registry has them.
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { run } from './command.ts'

/** The major versions that the packages support. */
const MAJORS = [20, 22, 24, 26]

/** A version of Node.js. */
export interface NodeVersion {
  /** Such as `22.23.3`, or the major version of one that could not be had. */
  readonly version: string
  /** The path of the program; `null` if it could not be had. */
  readonly program: string | null
}

/** The Node.js that runs this program. */
export const thisNode: NodeVersion = { version: process.versions.node, program: process.execPath }

/** Installs each major version into a folder of its own. */
export async function installNodes(folder: string): Promise<readonly NodeVersion[]> {
  const found: NodeVersion[] = []
  for (const major of MAJORS) found.push(await installNode(path.join(folder, `node-${major}`), major))
  return found
}

async function installNode(folder: string, major: number): Promise<NodeVersion> {
  try {
    await mkdir(folder)
    // The package `node` fetches its program in a script.
    const manifest = { private: true, allowScripts: { node: true } }
    await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest))
    await run('npm', ['install', '--no-audit', '--no-fund', `node@${major}`], { cwd: folder })
    const program = path.join(folder, 'node_modules/node/bin/node')
    const version = (await run(program, ['--version'], { cwd: folder })).trim().slice(1)
    return { version, program }
  } catch {
    return { version: String(major), program: null }
  }
}
