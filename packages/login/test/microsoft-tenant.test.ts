import t from 'tap'
import { throwsLike } from '@latchkey/exact'
import { microsoft } from '@latchkey/login'

const client = { clientId: 'app', clientSecret: 'opensesame' }
const directory = '72f988bf-86f1-41af-91ab-2d7cd011db47'

for (const tenant of [
  '',
  ' ',
  undefined,
  null,
  1,
  'contoso.onmicrosoft.com',
  `${directory}/v2.0`,
  '../common',
  'undefined'
]) {
  t.test(`microsoft() refuses the tenant ${JSON.stringify(tenant)}, and names the fix (K19.3)`, async (t) => {
    throwsLike(t, () => microsoft({ ...client, tenant: tenant as string }), {
      // The types forbid some of these; a caller in JavaScript can still pass them.
      name: 'TypeError',
      message:
        tenant === undefined || tenant === ''
          ? /^microsoft\(\): "tenant" must be the UUID of a directory, .*Is the environment variable set\?$/
          : /^microsoft\(\): "tenant" must be the UUID of a directory, .*"consumers"$/
    })
  })
}

t.test('microsoft() accepts a directory in any letter case, and writes its issuer in lower case (K19.3)', async (t) => {
  const issuer = `https://login.microsoftonline.com/${directory}/v2.0`
  t.equal(microsoft({ ...client, tenant: directory }).issuer, issuer)
  t.equal(microsoft({ ...client, tenant: directory.toUpperCase() }).issuer, issuer)
})

t.test('microsoft() accepts the three names for several directories (K19.3)', async (t) => {
  for (const tenant of ['common', 'organizations', 'consumers']) {
    t.equal(microsoft({ ...client, tenant }).issuer, `https://login.microsoftonline.com/${tenant}/v2.0`)
  }
})
