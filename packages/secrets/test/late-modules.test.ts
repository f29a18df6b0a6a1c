// Runs in a process of its own: it watches the first import of modules.
import { watchModules } from '@latchkey/exact/late-modules'
import { deriveKey, prepareSealing, seal, unseal } from '@latchkey/secrets'
import t from 'tap'

const modules = watchModules('jose')

t.test('prepareSealing() imports jose, which is imported once', async (t) => {
  const key = deriveKey('secret', 'a purpose')
  t.same(await modules.names(), [])
  const background = prepareSealing()
  t.equal(await unseal(await seal('text', key), key), 'text')
  t.same(await Promise.all([background]), [undefined])
  t.same(await modules.names(), ['jose'])
})
