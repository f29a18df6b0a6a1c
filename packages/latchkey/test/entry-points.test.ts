import * as passwords from '@latchkey/passwords'
import * as memory from '@latchkey/store/memory'
import * as redis from '@latchkey/store/redis'
import * as sql from '@latchkey/store/sql'
import * as login from '@latchkey/login'
import * as ownPasswords from 'latchkey/passwords'
import * as providers from 'latchkey/providers'
import * as ownMemory from 'latchkey/store/memory'
import * as ownRedis from 'latchkey/store/redis'
import * as ownSql from 'latchkey/store/sql'
import t from 'tap'

t.test('the entry points export the functions of the packages', async (t) => {
  t.same({ ...ownPasswords }, { ...passwords })
  t.same({ ...ownMemory }, { ...memory })
  t.same({ ...ownRedis }, { ...redis })
  t.same({ ...ownSql }, { ...sql })
})

t.test('latchkey/providers exports every provider of the login, and only providers', async (t) => {
  const { apple, discord, github, gitlab, google, microsoft, oidc, provider } = login
  t.same({ ...providers }, { apple, discord, github, gitlab, google, microsoft, oidc, provider })
})
