import { isBuiltin } from 'node:module'
import path from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { isOurs, nameOf, outside, packages, read, references } from './workspace.ts'

// Leaves import only lower leaves, petals import leaves and the throttle, siblings never import each other, and a grant plugs into its
// endpoint.
const mayImport = new Map([
  ['@latchkey/options', []],
  ['@latchkey/guard', ['@latchkey/options']],
  ['@latchkey/issuer', ['@latchkey/options', '@latchkey/promises']],
  ['@latchkey/pages', ['@latchkey/options']],
  ['@latchkey/promises', []],
  ['@latchkey/secrets', ['@latchkey/options', '@latchkey/promises']],
  ['@latchkey/store', ['@latchkey/options', '@latchkey/promises']],
  ['@latchkey/throttle', ['@latchkey/guard', '@latchkey/options', '@latchkey/store']],
  ['@latchkey/passwords', ['@latchkey/guard', '@latchkey/options', '@latchkey/promises', '@latchkey/throttle']],
  [
    '@latchkey/api-keys',
    ['@latchkey/guard', '@latchkey/options', '@latchkey/promises', '@latchkey/store', '@latchkey/throttle']
  ],
  [
    '@latchkey/bearer',
    ['@latchkey/guard', '@latchkey/issuer', '@latchkey/options', '@latchkey/promises', '@latchkey/secrets']
  ],
  ['@latchkey/cli', ['@latchkey/guard', '@latchkey/options', '@latchkey/secrets', '@latchkey/token-endpoint']],
  ['@latchkey/dev-provider', ['@latchkey/options', '@latchkey/pages']],
  ['@latchkey/openapi', ['@latchkey/guard', '@latchkey/options']],
  ['@latchkey/testing', ['@latchkey/guard', '@latchkey/options']],
  ['@latchkey/session', ['@latchkey/guard', '@latchkey/options', '@latchkey/secrets', '@latchkey/store']],
  [
    '@latchkey/login',
    [
      '@latchkey/guard',
      '@latchkey/issuer',
      '@latchkey/options',
      '@latchkey/pages',
      '@latchkey/promises',
      '@latchkey/secrets',
      '@latchkey/store'
    ]
  ],
  [
    '@latchkey/password-login',
    [
      '@latchkey/guard',
      '@latchkey/options',
      '@latchkey/pages',
      '@latchkey/passwords',
      '@latchkey/promises',
      '@latchkey/secrets',
      '@latchkey/store',
      '@latchkey/throttle'
    ]
  ],
  [
    '@latchkey/token-endpoint',
    [
      '@latchkey/guard',
      '@latchkey/options',
      '@latchkey/promises',
      '@latchkey/secrets',
      '@latchkey/store',
      '@latchkey/throttle'
    ]
  ],
  [
    '@latchkey/password-grant',
    ['@latchkey/guard', '@latchkey/options', '@latchkey/passwords', '@latchkey/throttle', '@latchkey/token-endpoint']
  ],
  [
    '@latchkey/authorization-endpoint',
    [
      '@latchkey/guard',
      '@latchkey/issuer',
      '@latchkey/options',
      '@latchkey/pages',
      '@latchkey/promises',
      '@latchkey/store',
      '@latchkey/throttle',
      '@latchkey/token-endpoint'
    ]
  ],
  // The usual parts together. It has nothing of its own, so it is above all of them.
  [
    'latchkey',
    [
      '@latchkey/authorization-endpoint',
      '@latchkey/bearer',
      '@latchkey/cli',
      '@latchkey/guard',
      '@latchkey/login',
      '@latchkey/openapi',
      '@latchkey/options',
      '@latchkey/password-grant',
      '@latchkey/password-login',
      '@latchkey/passwords',
      '@latchkey/session',
      '@latchkey/store',
      '@latchkey/token-endpoint'
    ]
  ]
])

// A bearer takes a store as a value: its tests bring one, as an application does.
const mayImportForTests = new Map([
  ['@latchkey/bearer', ['@latchkey/store']],
  ['@latchkey/passwords', ['@latchkey/store']],
  // The servers of their tests.
  ['@latchkey/cli', ['@latchkey/login', '@latchkey/password-grant', '@latchkey/session', '@latchkey/store']],
  [
    '@latchkey/testing',
    ['@latchkey/bearer', '@latchkey/openapi', '@latchkey/session', '@latchkey/store', '@latchkey/token-endpoint']
  ]
])

// The comparisons of tests. It is not one of the packages, and is never published.
const FOR_TESTS = '@latchkey/exact'

const entryPoints = new Set([
  ...[
    FOR_TESTS,
    `${FOR_TESTS}/heard`,
    `${FOR_TESTS}/late-modules`,
    `${FOR_TESTS}/quoted-secret`,
    `${FOR_TESTS}/servers`
  ],
  ...packages.flatMap(({ manifest }) =>
    Object.keys(manifest.exports ?? {}).map((at) => path.posix.join(manifest.name, at))
  )
])

t.test('the table of permitted imports contains every package', async (t) => {
  t.same(packages.map(({ manifest }) => manifest.name).sort(), [...mayImport.keys()].sort())
})

for (const { folder, manifest, sources, tests, typeTests } of packages) {
  const { name } = manifest
  const allowed = mayImport.get(name) ?? []
  // To try a grant, a test needs an endpoint, and the endpoint a store.
  const forTests = mayImportForTests.get(name) ?? []
  const under = [
    ...new Set([FOR_TESTS, ...allowed, ...forTests, ...allowed.flatMap((other) => mayImport.get(other) ?? [])])
  ]

  t.test(`${name} depends only on packages of the repository that the table permits`, async (t) => {
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    const development = Object.keys(manifest.devDependencies ?? {})
    t.same(
      [
        ...declared.filter((other) => isOurs(other) && !allowed.includes(other)),
        ...development.filter((other) => isOurs(other) && !under.includes(other))
      ],
      []
    )
  })

  t.test(`the tsconfig.json of ${name} refers to the packages that it depends on`, async (t) => {
    const referred = references(`${folder}/tsconfig.json`).map(nameOf)
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(isOurs)
    t.same(referred, declared.sort())
  })

  t.test(`the sources of ${name} import only declared dependencies and each other`, async (t) => {
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    t.same(
      importLines(sources).filter(({ file, specifier }) =>
        isRelative(specifier)
          ? !target(file, specifier).startsWith(`${folder}/src/`)
          : !isBuiltin(specifier) && !(declared.includes(packageOf(specifier)) && mayUse(specifier, allowed))
      ),
      []
    )
  })

  t.test(`the tests of ${name} import it by its name, and only the packages below it`, async (t) => {
    t.same(
      importLines([...tests, ...typeTests]).filter(({ file, specifier }) =>
        isRelative(specifier)
          ? !['test', 'types'].some((own) => target(file, specifier).startsWith(`${folder}/${own}/`))
          : !mayUse(specifier, [name, ...under])
      ),
      []
    )
  })
}

t.test('examples and root tests import packages by their public entry points', async (t) => {
  t.same(
    importLines(outside).filter(({ file, specifier }) =>
      isRelative(specifier)
        ? target(file, specifier).startsWith('packages/')
        : isOurs(specifier) && !entryPoints.has(specifier)
    ),
    []
  )
})

t.test("modules of Node are imported by their full name, as in 'node:path'", async (t) => {
  const all = importLines([...packages.flatMap(({ sources, tests }) => [...sources, ...tests]), ...outside])
  t.same(
    all.filter(({ specifier }) => isBuiltin(specifier) && !specifier.startsWith('node:')),
    []
  )
})

function importLines(files: readonly string[]): { file: string; specifier: string }[] {
  return files.flatMap((file) =>
    ts.preProcessFile(read(file), true, true).importedFiles.map(({ fileName }) => ({ file, specifier: fileName }))
  )
}

function mayUse(specifier: string, allowed: readonly string[]): boolean {
  return !isOurs(specifier) || (entryPoints.has(specifier) && allowed.includes(packageOf(specifier)))
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith('.')
}

function target(file: string, specifier: string): string {
  return path.posix.join(path.posix.dirname(file), specifier)
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
