import { existsSync, readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { parseUrl } from '@latchkey/options'
import t from 'tap'
import { safeReturnTo } from '@latchkey/guard'

const origin = 'https://app.example'
const folder = new URL('../../../../shared/corpora/', import.meta.url)
const skip = existsSync(folder) ? false : '780 targets skipped: no corpora'

t.test('keeps paths of this server in the spelling of a URL parser (SEC-118)', async (t) => {
  const kept: [value: string, target: string][] = [
    ['/', '/'],
    ['/items', '/items'],
    ['/items?page=2&sort=name#third', '/items?page=2&sort=name#third'],
    ['/items/../people', '/people'],
    ['/caf\u00e9', '/caf%C3%A9'],
    ['/100%', '/100%'],
    ['/caf%E9', '/caf%E9'],
    ['/search?url=https://other.example/', '/search?url=https://other.example/'],
    ['/search?url=//other.example', '/search?url=//other.example'],
    ['/search?q=%2F%2Fother.example', '/search?q=%2F%2Fother.example'],
    ['/a//b', '/a//b'],
    ['/@other.example', '/@other.example'],
    ['/https://other.example', '/https://other.example'],
    [`/${'a'.repeat(2047)}`, `/${'a'.repeat(2047)}`]
  ]
  for (const [value, target] of kept) t.equal(safeReturnTo(value, origin), target, value.slice(0, 40))
})

const away = [
  ['//evil', '///evil', '////evil', '/\\evil', '\\/evil', '\\\\evil', '/\\/evil', '/a\\evil', '/a/..\\\\evil'],
  ['/\t/evil', '/\n/evil', '/\r/evil', '\t//evil', ' //evil', '\0//evil', '/\x7f/evil', '/a b'],
  ['https:evil', 'https:/evil', 'https://app@evil', 'https://app:443@evil', 'https://evil#@app', 'https://app.'],
  ['//app.evil', '//app%2eevil', '//evil%E3%80%82x', '//evil@app', '//0', '//127.1', '//[::1]', '//['],
  ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', '\x01javascript:alert(1)', 'java\nscript:alert(1)'],
  ['data:text/html,x', 'blob:https://app.example/x', 'view-source:https://app.example/', origin, `${origin}/items`],
  ['/..//evil', '/.//evil', '/x/..//evil', '/x/../..//evil', '/%2e%2e//evil', '/x/%2E%2e//evil']
].flat()

const awayOnceDecoded = [
  ['/%09/evil', '/%0a/evil', '/%0D/evil', '/%5cevil', '/%5Cevil', '/%2f/evil', '/%2fevil', '/%2f%5c%2fevil'],
  [
    '%2f%2fevil',
    '/x/../%2fevil',
    '/%2fapp.example',
    '/%0a%09%5Capp.example',
    '/..%2f%2fevil',
    '/.%2f/evil',
    '/%252e%252e//evil',
    '/%2f[',
    '/%2F%2F%2Fevil'
  ]
].flat()

t.test('returns the default for targets that can lead to another origin (SEC-119)', async (t) => {
  for (const value of away) {
    t.equal(safeReturnTo(value, origin), '/', JSON.stringify(value))
    t.equal(safeReturnTo(value, undefined, '/home'), '/home', `${JSON.stringify(value)} without an origin`)
  }
})

t.test('returns the default for targets that lead to another origin after one more decoding (SEC-120)', async (t) => {
  for (const value of awayOnceDecoded) t.equal(safeReturnTo(value, origin, '/home'), '/home', value)
})

t.test(
  'returns the default for values that are not a string, empty, or too long before or after encoding',
  async (t) => {
    for (const value of [undefined, null, 7, {}, ['/items'], '', 'items', '?page=2', '#third']) {
      t.equal(safeReturnTo(value, origin, '/home'), '/home')
    }
    t.equal(safeReturnTo(`/${'a'.repeat(2048)}`, origin), '/')
    t.equal(safeReturnTo(`/${'\u00e9'.repeat(1000)}`, origin), '/')
  }
)

t.test('uses the given origin, and does not throw for an invalid one', async (t) => {
  t.equal(safeReturnTo('/items', 'http://127.0.0.1:3000'), '/items')
  t.equal(safeReturnTo('/items', undefined), '/items')
  t.equal(safeReturnTo('/items', 'no origin', '/home'), '/home')
  t.equal(safeReturnTo('//return-to.invalid/items', undefined, '/home'), '/home')
})

t.test('returns a target on this server for every entry of the collections (SEC-121)', { skip }, async (t) => {
  const targets = new Set(collected())
  t.ok(targets.size > 750)
  t.same(
    [...targets].filter((target) => !isSettled(safeReturnTo(target, origin))),
    []
  )
})

t.test('returns a target on this server for any value, and keeps its own result (SEC-118, SEC-121)', async (t) => {
  const piece = fc.constantFrom(
    ...['/', '//', '\\', '.', '..', '%2f', '%5c', '%2e', '%09', '%25', '\t', '\n', ' ', '@', ':', '?', '#', '[', ']'],
    ...['https:', 'javascript:', 'evil.example', 'app.example', '\u3002', '\uff0f', '\ud800', 'a', '%', '%0', '%E9']
  )
  const made = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
  const value = fc.oneof(
    made,
    made.map((rest) => `/${rest}`),
    fc.webUrl({ withQueryParameters: true }),
    fc.string()
  )
  fc.assert(
    fc.property(value, (value) => isSettled(safeReturnTo(value, origin))),
    { numRuns: 5000 }
  )
  t.pass('5000 targets')
})

function isSettled(target: string): boolean {
  return (
    isHere(target) &&
    isHere(decoded(target)) &&
    safeReturnTo(target, origin) === target &&
    /^[\x21-\x7e]+$/.test(target)
  )
}

function isHere(target: string): boolean {
  return /^\/(?![/\\])/.test(target) && parseUrl(target, origin)?.origin === origin
}

function decoded(target: string): string {
  try {
    return decodeURIComponent(target)
  } catch {
    // One escape is not UTF-8. The others can still be decoded.
    return target.replace(/%[0-7][0-9a-f]/gi, decodeURIComponent)
  }
}

function collected(): string[] {
  const lists = new URL('open-redirect/', folder)
  const texts = readdirSync(lists).filter((name) => name.endsWith('.txt'))
  const urls: unknown = JSON.parse(readFileSync(new URL('wpt/urltestdata.json', folder), 'utf8'))
  return [
    ...texts.flatMap((name) => readFileSync(new URL(name, lists), 'utf8').split('\n')),
    // The file is a list of comments and cases. Each case has an input.
    ...(urls as (string | { input: string })[]).flatMap((one) => (typeof one === 'string' ? [] : [one.input]))
  ]
}
