import t from 'tap'
import { hasMethods, isBareOrigin, isObject, isRecord, isRoutePath, isText, isWhole } from '@latchkey/options'

t.test('isObject is true for lists and instances, and isRecord not for lists, Maps and promises', async (t) => {
  for (const value of [{}, new URL('https://a.example'), Object.create(null), { then: 1 }])
    t.ok(isObject(value) && isRecord(value))
  for (const value of [[], new Map(), new Set(), Promise.resolve()]) t.ok(isObject(value) && !isRecord(value))
  for (const value of [null, undefined, 'a', () => 0]) t.notOk(isObject(value) || isRecord(value))
})

t.test('isText is true for strings that are not empty', async (t) => {
  t.ok(isText(' '))
  for (const value of ['', 7, null, ['a']]) t.notOk(isText(value))
})

t.test('isWhole is true for whole numbers between two bounds', async (t) => {
  for (const value of [1, 5]) t.ok(isWhole(value, 1, 5))
  for (const value of [0, 6, 1.5, Number.NaN, '3', 3n]) t.notOk(isWhole(value, 1, 5))
})

t.test('hasMethods is true for inherited methods', async (t) => {
  t.ok(hasMethods(new Map(), ['get', 'set']))
  t.notOk(hasMethods(new Map(), ['get', 'put']))
  t.notOk(hasMethods(null, ['get']))
})

t.test('isBareOrigin is true for an origin of any scheme that has one', async (t) => {
  for (const value of ['https://a.example', 'http://a.example:8080']) t.ok(isBareOrigin(value))
  for (const value of ['http://a.example/', 'http://a.example:80', 'a.example', 7]) t.notOk(isBareOrigin(value))
})

t.test('isRoutePath is true for the path of a route', async (t) => {
  for (const value of ['/token', '/a/b_c.d~e-1']) t.ok(isRoutePath(value))
  for (const value of ['', '/', 'a', '/a/', '//a', '/a?b', '/a#b', '/a/../b', '/./a', '/:a', '/*', '/a b', 7]) {
    t.notOk(isRoutePath(value), String(value))
  }
})
