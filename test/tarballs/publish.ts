// Whether a tarball is fit to be published. Nothing is published.
import { run } from './command.ts'
import { root, type Tarball } from './packed.ts'

// No server listens there: a dry run needs none.
const NOWHERE = 'http://127.0.0.1:9/'

/** Faults of the manifest and of the contents, each as a sentence. */
function faultsOf({ manifest, contents }: Tarball): readonly string[] {
  const { name, publishConfig, funding } = manifest
  const text = JSON.stringify(manifest)
  return [
    ...(publishConfig?.access === 'public' ? [] : [`${name} has no publishConfig.access: 'public'`]),
    ...(funding === undefined ? [] : [`${name} asks for funding`]),
    ...(/"(?:workspace|catalog|link):/.test(text)
      ? [`${name} depends on a version that only this repository knows`]
      : []),
    ...(text.includes('@latchkey/source') ? [`${name} exports its sources`] : []),
    ...['README.md', 'LICENSE', 'package.json']
      .filter((file) => !contents.includes(file))
      .map((file) => `${name} lacks ${file}`),
    ...contents
      .filter((file) => !/^(?:dist|src)\/|^(?:README\.md|LICENSE|CHANGELOG\.md|package\.json)$/.test(file))
      .map((file) => `${name} contains ${file}`),
    ...contents.filter((file) => /(?:\.test\.|\.tsbuildinfo$)/.test(file)).map((file) => `${name} contains ${file}`)
  ]
}

/** Lints a tarball, and lets npm check it as it does before it publishes. */
export async function lint(tarball: Tarball): Promise<void> {
  const faults = faultsOf(tarball)
  if (faults.length > 0) throw new Error(faults.join('\n'))
  await Promise.all([
    run('publint', ['--strict', tarball.file], { cwd: root }),
    run('attw', ['--profile', 'esm-only', tarball.file], { cwd: root }),
    dryRun(tarball)
  ])
}

// npm corrects a faulty manifest with a warning, and publishes the corrected one.
async function dryRun({ file, manifest }: Tarball): Promise<void> {
  const registry = ['--registry', NOWHERE, '--fetch-retries', '0']
  const answer = await run('npm', ['publish', '--dry-run', '--json', ...registry, file], { cwd: root })
  // npm 11 answers with an object by package, and older versions with the package itself.
  const published: unknown = JSON.parse(answer)
  const expected = `"id":"${manifest.name}@${manifest.version}"`
  if (!JSON.stringify(published).includes(expected)) throw new Error(`npm would not publish ${expected}`)
}
