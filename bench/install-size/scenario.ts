// What a package takes on the disk of a production server, with all its dependencies.
import { execFile } from 'node:child_process'
import { lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { type Package, packages, withDependencies } from '../packages.ts'
import type { Context, Scenario, Section } from '../scenario.ts'

const run = promisify(execFile)
/** Without scripts, as the packages need none. `--prefer-offline` asks the registry for what is not there yet. */
const INSTALL = [
  'install',
  '--omit=dev',
  '--prefer-offline',
  '--no-audit',
  '--no-fund',
  '--ignore-scripts',
  '--no-package-lock'
]
const OTHERS = [
  ['fastify'],
  ['fastify', '@fastify/jwt'],
  ['fastify', 'better-auth'],
  ['express', 'express-oauth2-jwt-bearer']
]
/** A package without dependencies, which needs no registry. */
const SMALLEST = '@latchkey/promises'
/** How many installations there are, roughly, and how long one takes in seconds. */
const INSTALLATIONS = 20
const EACH = 8

export const installSize: Scenario = {
  name: 'install-size',
  title: 'Installation',
  seconds: () => INSTALLATIONS * EACH,
  run: measure
}

interface Installed {
  readonly name: string
  readonly megabytes: number
  readonly packages: number
}

async function measure(context: Context): Promise<Section> {
  const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-install-'))
  try {
    const installed: Installed[] = []
    const wanted = await installations(context, folder)
    for (const [at, { name, specifiers }] of wanted.entries()) {
      if (context.signal.aborted) break
      context.tell(`installing ${name}`, at / wanted.length)
      installed.push({ name, ...(await install(path.join(folder, `${at}`), specifiers)) })
    }
    return { markdown: table(installed), data: installed }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What is installed: each package with the tarballs that it needs, all of them together, and others. */
async function installations(
  { size, tell }: Context,
  folder: string
): Promise<readonly { readonly name: string; readonly specifiers: readonly string[] }[]> {
  const all = await packages()
  const needed = size === 'smoke' ? all.filter(({ manifest }) => manifest.name === SMALLEST) : all
  tell('packing', 0)
  const tarballs = new Map(await Promise.all(needed.map(async (each) => [each, await pack(each, folder)] as const)))
  const specifiers = (some: readonly Package[]): string[] =>
    some.map((each) => tarballs.get(each) ?? each.manifest.name)
  const own = needed.map((each) => ({ name: each.manifest.name, specifiers: specifiers(withDependencies(each, all)) }))
  if (size === 'smoke') return own
  return [
    ...own,
    { name: 'all of them', specifiers: specifiers(all) },
    ...OTHERS.map((names) => ({ name: names.join(' and '), specifiers: names }))
  ]
}

/** The path of the tarball. */
async function pack({ folder, manifest }: Package, destination: string): Promise<string> {
  const target = path.join(destination, `${path.basename(folder)}.tgz`)
  await run('pnpm', ['pack', '--out', target], { cwd: folder })
  await lstat(target).catch(() => Promise.reject(new Error(`pnpm did not pack ${manifest.name}`)))
  return target
}

async function install(folder: string, specifiers: readonly string[]): Promise<Omit<Installed, 'name'>> {
  await mkdir(folder)
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ private: true }))
  await run('npm', [...INSTALL, ...specifiers], { cwd: folder, maxBuffer: 2 ** 26 })
  return { megabytes: (await blocks(folder)) / 2048, packages: await count(path.join(folder, 'node_modules')) }
}

/** Blocks of 512 bytes on the disk, as `du` counts them. */
async function blocks(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true })
  const all = await Promise.all(
    [folder, ...entries.map((entry) => path.join(folder, entry))].map((file) => lstat(file))
  )
  return all.reduce((total, file) => total + file.blocks, 0)
}

/** How many packages are in a folder `node_modules`, with those inside of packages. */
async function count(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true }).catch(() => [])
  const own = /(?:^|node_modules\/)(?:@[^/]+\/)?[^/@.][^/]*\/package\.json$/
  return files.filter((file) => own.test(file.replaceAll('\\', '/'))).length
}

function table(installed: readonly Installed[]): string {
  const lines = installed.map(
    ({ name, megabytes, packages }) => `| ${name} | ${megabytes.toFixed(1)} MB | ${packages} |`
  )
  return [
    'With what each needs, Fastify included where it is a peer dependency.',
    '',
    '| installed | on the disk | packages |',
    '| --- | --: | --: |',
    ...lines
  ].join('\n')
}
