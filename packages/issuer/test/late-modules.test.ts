// Runs in a process of its own: it watches the first import of modules.
import { rejectsLike } from '@latchkey/exact'
import { watchModules } from '@latchkey/exact/late-modules'
import { importKeys, prepareFetches } from '@latchkey/issuer'
import type * as Issuer from '@latchkey/issuer'
import t, { type Test } from 'tap'

const modules = watchModules('jose', 'undici')
const url = 'http://127.0.0.1:1/keys'
const missing = new Error('Cannot find package')
const failed = (name: string) => ({
  message: `The module "${name}" cannot be loaded. Fix: install it again`,
  cause: missing
})

t.test('prepareFetches() imports jose and undici, which are imported once', async (t) => {
  t.same(await modules.names(), [])
  t.same(await Promise.all([prepareFetches()]), [undefined])
  // Two statements of one file import undici: one that imports, and one that exports.
  t.same([...new Set(await modules.names())], ['undici', 'jose'])
  const before = (await modules.names()).length
  t.same(await importKeys([{}], null), [])
  t.equal((await modules.names()).length, before)
})

t.test('without undici, each fetch names the missing module, and the background load rejects nothing', async (t) => {
  const { fetchJson, prepareFetches, remoteKeySet } = await withMissing(t, 'undici', 'Agent', {
    fetch: null,
    Headers: null
  })
  t.same(await Promise.all([prepareFetches()]), [undefined])
  await rejectsLike(t, fetchJson(url), failed('undici'))
  await rejectsLike(t, remoteKeySet(url).find({ alg: 'ES256' }), {
    code: 'LATCHKEY_UPSTREAM_UNREACHABLE',
    cause: failed('undici')
  })
})

t.test('without jose, each import of keys names the missing module', async (t) => {
  const { importKeys, prepareFetches } = await withMissing(t, 'jose', 'importJWK')
  t.same(await Promise.all([prepareFetches()]), [undefined])
  await rejectsLike(t, importKeys([{ kty: 'EC' }], null), failed('jose'))
})

/** An instance of the package for which a module cannot be loaded. */
async function withMissing(t: Test, name: string, member: string, others = {}): Promise<typeof Issuer> {
  const broken = Object.defineProperty({ ...others }, member, {
    enumerable: true,
    get() {
      throw missing
    }
  })
  return await t.mockImport<typeof Issuer>('../src/index.ts', { [name]: broken })
}
