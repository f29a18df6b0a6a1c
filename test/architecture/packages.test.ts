import path from 'node:path'
import t from 'tap'
import { like } from '@latchkey/exact'
import { type Exports, find, nameOf, outside, packages, read, references } from './workspace.ts'

const MOST_LINES = 300
const NAMES_THAT_SAY_NOTHING = new Set(['common', 'core', 'helper', 'helpers', 'lib', 'types', 'util', 'utils'])

for (const { folder, manifest, sources, tests, typeTests } of packages) {
  t.test(`${manifest.name} has the files of every package`, async (t) => {
    const expected = ['README.md', 'package.json', 'src/index.ts', 'tsconfig.json'].map((file) => `${folder}/${file}`)
    t.same(find(...expected), expected)
    t.ok(
      tests.some((file) => file.endsWith('.test.ts')),
      `${folder}/test has a test`
    )
  })

  t.test(`${manifest.name} has its fixtures in test/fixtures`, async (t) => {
    const fixtures = `${folder}/test/fixtures/`
    t.same(
      tests.filter((file) => file.endsWith('.test.ts') === file.startsWith(fixtures)),
      []
    )
  })

  t.test(`${manifest.name} has type tests for its additions to the types of Fastify`, async (t) => {
    const augments = sources.some((file) => read(file).includes("declare module 'fastify'"))
    t.equal(
      typeTests.some((file) => file.endsWith('.tst.ts')),
      augments || typeTests.length > 0
    )
  })

  t.test(`the manifest of ${manifest.name} has the settings of every package`, async (t) => {
    t.equal(manifest.name, nameOf(folder))
    like(t, manifest, {
      license: 'MIT',
      type: 'module',
      sideEffects: false,
      engines: { node: '>=20.19' },
      files: ['dist', 'src'],
      publishConfig: { access: 'public' }
    })
  })

  t.test(`${manifest.name} resolves to its sources in the repository, and to its build elsewhere`, async (t) => {
    const paths = Object.keys(manifest.exports ?? {})
    const names = paths.map(
      (at) => Object.values(manifest.exports?.[at] ?? {})[0]?.replace(/^\.\/src\/|\.ts$/g, '') ?? ''
    )
    const published = paths.map((at, i) => [at, { types: `./dist/${names[i]}.d.ts`, default: `./dist/${names[i]}.js` }])
    const inHouse = paths.map((at, i) => [
      at,
      { '@latchkey/source': `./src/${names[i]}.ts`, types: `./dist/${names[i]}.d.ts`, default: `./dist/${names[i]}.js` }
    ])
    t.ok(paths.includes('.'))
    // As text, since the order of conditions decides which of them is taken.
    t.equal(JSON.stringify(manifest.exports), JSON.stringify(Object.fromEntries(inHouse) as Exports))
    t.equal(JSON.stringify(manifest.publishConfig?.exports), JSON.stringify(Object.fromEntries(published) as Exports))
    t.same(
      names.filter((name) => !sources.includes(`${folder}/src/${name}.ts`)),
      []
    )
  })

  t.test(`every entry point of ${manifest.name} is loaded by its own tests`, async (t) => {
    // Coverage counts loaded files only. A file that no test imports would be missing from it without a message.
    const text = tests.map(read).join('\n')
    const specifiers = Object.keys(manifest.exports ?? {}).map((at) => path.posix.join(manifest.name, at))
    t.same(
      specifiers.filter((specifier) => !text.includes(`'${specifier}'`)),
      []
    )
  })
}

t.test('the build includes every package', async (t) => {
  t.same(references('tsconfig.build.json'), packages.map(({ folder }) => folder).sort())
})

t.test('changesets name only packages that exist', async (t) => {
  const names = find('.changeset/*.md').flatMap((file) => read(file).match(/^'.*(?=': (?:major|minor|patch)$)/gm) ?? [])
  const known = packages.map(({ manifest }) => `'${manifest.name}`)
  t.same(
    names.filter((name) => !known.includes(name)),
    []
  )
})

const files = [...packages.flatMap(({ sources, tests, typeTests }) => [...sources, ...tests, ...typeTests]), ...outside]

t.test(`no file is longer than ${MOST_LINES} lines`, async (t) => {
  t.same(
    files.filter((file) => read(file).split('\n').length - 1 > MOST_LINES),
    []
  )
})

t.test('no file or folder has a name without meaning', async (t) => {
  const named = files.filter((file) =>
    file
      .replace(/^packages\/[^/]+\/(?:src|test|types)\//, '')
      .split('/')
      .some((segment) => NAMES_THAT_SAY_NOTHING.has(segment.replace(/\..*$/, '')))
  )
  t.same(named, [])
})
