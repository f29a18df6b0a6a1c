import t from 'tap'
import { throwsLike } from '@latchkey/exact'
import { microsoft } from '@latchkey/login'

const client = { clientId: 'app', clientSecret: 'opensesame' }
const directory = '72f988bf-86f1-41af-91ab-2d7cd011db47'

for (const [tenant, got] of [
  ['', 'an empty string'],
  [' ', 'a string'],
  [undefined, 'undefined'],
  [null, 'null'],
  [1, 'a number'],
  ['contoso.onmicrosoft.com', 'a string'],
  [`${directory}/v2.0`, 'a string'],
  ['../common', 'a string'],
  ['undefined', 'a string']
] as const) {
  t.test(`microsoft() refuses the tenant ${JSON.stringify(tenant)}, and names the fix (K19.3)`, async (t) => {
    throwsLike(t, () => microsoft({ ...client, tenant: tenant as string }), {
      // only JavaScript can pass some of these
      name: 'RegistrationError',
      message: `microsoft(): tenant must be the UUID of a directory, 'common', 'organizations' or 'consumers'; got ${got}. Fix: check the environment variable that it is read from`
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
