import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { programEnvironment } from '../programs.ts'

const INSPECTOR = '@modelcontextprotocol/inspector@2.12.0'
/** The oldest Node.js that the Inspector runs on. */
const LEAST_NODE = [22, 19] as const
const NODE = `node-${process.platform}-${process.arch}@22.23.3`

/** The paths of the programs, or the reason why there are none. */
export type Installed = { readonly node: string; readonly inspector: string } | { readonly skip: string }

/** How a run of the Inspector ended. */
export interface Run {
  readonly code: number | null
  readonly output: string
  /** Its messages: warnings, links and errors. */
  readonly messages: string
  /** The link of the login that it asked for; `null` if it asked for none. */
  readonly link: string | null
}

/** Runs the Inspector, and opens the link of a login. */
export type Inspect = (options: readonly string[], open: (link: string) => Promise<unknown>) => Promise<Run>

/**
 * Installs MCP Inspector outside of the repository, because it brings more packages than all tests together, and a Node.js for
 * it if this one is too old.
 */
export async function installInspector(): Promise<Installed> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isNew = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])
  const packages = isNew ? [INSPECTOR] : [INSPECTOR, NODE]
  const options = ['--yes', ...packages.flatMap((name) => ['-p', name])]
  const command = 'node --version >&2 && command -v node && command -v mcp-inspector'
  try {
    const { stdout } = await promisify(execFile)('npx', [...options, '-c', command], {
      env: programEnvironment(),
      timeout: 240_000
    })
    const [node = '', inspector = ''] = stdout.trim().split('\n')
    return { node: isNew ? process.execPath : node, inspector }
  } catch (error) {
    const [reason = ''] = String(error).split('\n')
    return { skip: `needs the npm registry for ${packages.join(' and ')}: ${reason}` }
  }
}

/** Returns a function that runs the command line of MCP Inspector, with its data in a folder. */
export function inspectorOf(t: Test, installed: Installed, home: string): Inspect {
  if ('skip' in installed) throw new Error(installed.skip)
  const { node, inspector } = installed
  return async (options, open) => {
    const child = spawn(node, [inspector, '--cli', '--transport', 'http', ...options], {
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        // A login needs neither a terminal nor a keychain, and starts no browser.
        MCP_AUTO_OPEN_ENABLED: 'true',
        MCP_INSPECTOR_SECRET_STORE: 'file',
        BROWSER: 'true'
      },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    t.teardown(() => child.kill('SIGKILL'))
    const run = { output: '', messages: '', link: null as string | null }
    let opened: Promise<PromiseSettledResult<unknown>> | undefined
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      run.output += chunk
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      run.messages += chunk
      run.link = /^Please navigate to: (\S+)\n/m.exec(run.messages)?.[1] ?? null
      if (run.link !== null) opened ??= follow(run.link)
    })
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve)
    })
    const result = await opened
    if (result?.status === 'rejected') throw result.reason
    return { ...run, code }

    // Without a login the Inspector would wait for ever.
    async function follow(link: string): Promise<PromiseSettledResult<unknown>> {
      const [result] = await Promise.allSettled([open(link)])
      if (result.status === 'rejected') child.kill()
      return result
    }
  }
}
