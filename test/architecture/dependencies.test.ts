import t from 'tap'
import { read } from './workspace.ts'

// The first releases without known faults, one for each major version that has such a release.
const floors = [
  { name: 'fastify', least: ['5.12.1'] },
  { name: 'find-my-way', least: ['9.7.0'] },
  { name: 'fast-uri', least: ['3.1.6', '4.1.3'] },
  { name: 'undici', least: ['7.29.0', '8.9.0'] },
  { name: '@fastify/static', least: ['10.1.2'] }
]

const locked = lockedVersions(read('pnpm-lock.yaml'))

t.test('reads the lockfile', async (t) => {
  t.same(lockedVersions("packages:\n\n  '@a/b@1.2.3':\n    x: y\n\n  c@4.5.6:\nsnapshots:\n\n  d@7.8.9:\n"), [
    ['@a/b', '1.2.3'],
    ['c', '4.5.6']
  ])
  t.ok(locked.some(([name]) => name === 'fastify'))
})

for (const { name, version, meets } of [
  { name: 'the floor itself', version: '3.1.6', meets: true },
  { name: 'a later minor version', version: '3.10.0', meets: true },
  { name: 'an earlier patch', version: '3.1.5', meets: false },
  { name: 'an earlier patch of the next major version', version: '4.1.2', meets: false },
  { name: 'a major version before all floors', version: '2.9.9', meets: false },
  { name: 'a major version after all floors', version: '5.0.0', meets: true },
  { name: 'a prerelease', version: '4.2.0-rc.1', meets: false }
]) {
  t.test(`${meets ? 'accepts' : 'refuses'} ${name} (SEC-155)`, async (t) => {
    t.equal(meetsFloor(version, ['3.1.6', '4.1.3']), meets)
  })
}

for (const { name, least } of floors) {
  t.test(`the lockfile has no ${name} below ${least.join(' or ')} (SEC-155)`, async (t) => {
    const below = locked.filter(([locked, version]) => locked === name && !meetsFloor(version, least))
    t.same(below, [])
  })
}

function lockedVersions(lockfile: string): [name: string, version: string][] {
  const section = /^packages:\n([^]*?)^\S/m.exec(lockfile)?.[1] ?? ''
  return [...section.matchAll(/^ {2}'?(@?[^@'\s]+)@([^'\s:]+)'?:$/gm)].map(([, name = '', version = '']) => [
    name,
    version
  ])
}

function meetsFloor(version: string, least: readonly string[]): boolean {
  if (!/^\d+\.\d+\.\d+$/.test(version)) return false
  const major = Number.parseInt(version)
  const floor = least.find((each) => Number.parseInt(each) === major)
  return floor === undefined
    ? least.every((each) => Number.parseInt(each) < major)
    : version.localeCompare(floor, 'en', { numeric: true }) >= 0
}
