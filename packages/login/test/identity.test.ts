import t, { type Test } from 'tap'
import { type ClaimedIdentity, type ProviderIdentity, provider } from '@latchkey/login'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { server } from './fixtures/server.ts'

/** Returns the result for an identity that a provider sends, and the status of the login. */
async function proven(
  t: Test,
  claimed: ClaimedIdentity
): Promise<{ status: number; identity: ProviderIdentity | undefined }> {
  const fake = await fakeProvider(t)
  let identity: ProviderIdentity | undefined
  const own = provider({
    name: 'own',
    clientId: 'app',
    clientSecret: 'opensesame',
    scopes: ['profile'],
    endpoints: {
      authorization: `${fake.issuer}/authorize`,
      token: `${fake.issuer}/token`,
      userinfo: `${fake.issuer}/userinfo`
    },
    toIdentity: () => claimed
  })
  const onLogin = (login: { identity: ProviderIdentity }): undefined => void (identity = login.identity)
  const { browser } = await server(t, { providers: [own], onLogin })
  const { statusCode: status } = await browser().login(fake)
  return { status, identity }
}

for (const [subject, text] of [
  [80_351_110, '80351110'],
  [0, '0']
] as const) {
  t.test(`the subject ${subject} of type number becomes a text (K10)`, async (t) => {
    const { status, identity } = await proven(t, { subject })
    t.equal(status, 303)
    t.equal(identity?.subject, text)
  })
}

const strange: unknown[] = [
  undefined,
  null,
  '',
  1.5,
  -1,
  2 ** 53,
  Number.NaN,
  true,
  {},
  'a'.repeat(256),
  'a\u0000',
  'ä',
  ['a']
]

for (const [index, subject] of strange.entries()) {
  t.test(`an identity with an invalid subject is refused, case ${index} (SEC-117, FAULT-32)`, async (t) => {
    t.same(await proven(t, { subject }), { status: 502, identity: undefined })
  })
}

const nobody = { subject: 'alice', name: null, email: null, emailVerified: false, picture: null }

const claims: { title: string; claimed: Partial<ClaimedIdentity>; kept: Partial<ProviderIdentity> }[] = [
  { title: 'a name with control characters', claimed: { name: ' A\u0000l\u202Ei\nce ' }, kept: { name: 'Ali ce' } },
  { title: 'a long name', claimed: { name: '\u{1F600}'.repeat(300) }, kept: { name: '\u{1F600}'.repeat(200) } },
  { title: 'an invisible name', claimed: { name: '\u200B' }, kept: {} },
  { title: 'a name that is an object', claimed: { name: { toString: 'x' } }, kept: {} },
  { title: 'an address', claimed: { email: 'a@b.example' }, kept: { email: 'a@b.example' } },
  {
    title: 'a verified address (SEC-112)',
    claimed: { email: 'a@b.example', emailVerified: true },
    kept: { email: 'a@b.example', emailVerified: true }
  },
  {
    title: 'an address that is verified as a text (SEC-112)',
    claimed: { email: 'a@b.example', emailVerified: 'true' },
    kept: { email: 'a@b.example' }
  },
  {
    title: 'an address with two domains (SEC-113)',
    claimed: { email: 'a@evil@corp.com', emailVerified: true },
    kept: {}
  },
  {
    title: 'an address of 265 characters',
    claimed: { email: `${'a'.repeat(255)}@b.example`, emailVerified: true },
    kept: {}
  },
  { title: 'a missing verified address', claimed: { emailVerified: true }, kept: {} },
  {
    title: 'a picture',
    claimed: { picture: 'https://cdn.example/a.png' },
    kept: { picture: 'https://cdn.example/a.png' }
  },
  { title: 'a picture that is a script', claimed: { picture: 'javascript:alert(1)' }, kept: {} },
  { title: 'a picture over plain http', claimed: { picture: 'http://cdn.example/a.png' }, kept: {} },
  { title: 'a picture with a line break', claimed: { picture: 'https://cdn.example/a\n.png' }, kept: {} },
  { title: 'a picture without a host', claimed: { picture: 'https://[' }, kept: {} },
  {
    title: 'a picture URL of over 2048 characters',
    claimed: { picture: `https://cdn.example/${'a'.repeat(2048)}` },
    kept: {}
  },
  { title: 'a picture that is a number', claimed: { picture: 1 }, kept: {} }
]

for (const { title, claimed, kept } of claims) {
  t.test(`${title}: the identity keeps only displayable values (SEC-117)`, async (t) => {
    t.same(await proven(t, { subject: 'alice', ...claimed }), { status: 303, identity: { ...nobody, ...kept } })
  })
}
