import path from 'node:path'
import t from 'tap'
import { packages, root } from './workspace.ts'

type ErrorConstructor = new (...values: never[]) => Error

const entryPoints = packages.flatMap(({ folder, manifest }) =>
  Object.values(manifest.exports ?? {}).map((conditions) =>
    path.join(root, folder, conditions['@latchkey/source'] ?? '')
  )
)
const modules = await Promise.all(entryPoints.map(async (file) => (await import(file)) as Record<string, unknown>))
const classes = [...new Set(modules.flatMap((module) => Object.values(module).filter(isErrorClass)))]

t.test('the packages export error classes', async (t) => {
  const names = classes.map(({ name }) => name)
  t.ok(['InvalidTokenError', 'LoginRefusedError', 'TokenError', 'UpstreamError'].every((name) => names.includes(name)))
})

for (const each of classes) {
  t.test(`instanceof ${each.name} holds for its own instances only (K29.1)`, async (t) => {
    const taken = classes.filter((other) => Object.create(other.prototype as object) instanceof each)
    t.same(
      taken.map(({ name }) => name),
      classes.filter((other) => other === each || isBelow(other, each)).map(({ name }) => name)
    )
  })

  t.test(`an instance of ${each.name} is not an instance of its subclasses (K29.1)`, async (t) => {
    class Extended extends each {}
    class Further extends Extended {}
    t.notOk(Object.create(each.prototype as object) instanceof Extended)
    t.notOk(Object.create(Extended.prototype) instanceof Further)
    t.ok(Object.create(Further.prototype) instanceof each)
  })
}

function isErrorClass(value: unknown): value is ErrorConstructor {
  return typeof value === 'function' && isBelow(value as ErrorConstructor, Error) // functions of any other kind are below nothing
}

function isBelow(one: ErrorConstructor, other: ErrorConstructor): boolean {
  return Object.prototype.isPrototypeOf.call(other.prototype as object, one.prototype as object)
}
