import t from 'tap'
import { like } from '@latchkey/exact'
import { openDiscord, openGoogle } from '../../examples/identity-providers.ts'

t.test('the examples use the real providers when the environment has their credentials', async (t) => {
  const discord = await openDiscord({ DISCORD_CLIENT_ID: 'id', DISCORD_CLIENT_SECRET: 'secret' })
  t.equal(discord.provider.endpoints?.authorization, 'https://discord.com/oauth2/authorize')
  const google = await openGoogle({ GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 'secret' })
  t.equal(google.provider.issuer, 'https://accounts.google.com')
  for (const { provider, close } of [discord, google]) {
    like(t, [provider.clientId, provider.clientSecret], ['id', 'secret'])
    await close()
  }
})

t.test('the examples use development providers on loopback without credentials, or with incomplete ones', async (t) => {
  const discord = await openDiscord({ DISCORD_CLIENT_ID: 'id' })
  t.teardown(discord.close)
  t.match(discord.provider.endpoints?.authorization, /^http:\/\/127\.0\.0\.1:\d+\/oauth2\/authorize$/)
  const google = await openGoogle({})
  t.teardown(google.close)
  t.match(google.provider.issuer, /^http:\/\/127\.0\.0\.1:\d+$/)
})
