import t from 'tap'
import type { RecordStore } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { accepted, ask, newKey, refused, serverWith, start } from './fixtures/server.ts'

for (const [name, error] of [
  ['503', Object.assign(new Error('secret address'), { statusCode: 503 })],
  ['another error', new Error('secret address')]
] as const) {
  t.test(`answers 503 while the store fails with ${name}, and counts nothing (SEC-68)`, async (t) => {
    const { records } = memoryStore({ now: () => start * 1000 })
    let isDown = false
    const failing: RecordStore = {
      ...records,
      find: async (key) => (isDown ? Promise.reject(error) : records.find(key))
    }
    const app = await serverWith(t, { options: { store: { records: failing }, throttle: { failures: 2 } } })
    const { key } = await newKey(app)
    isDown = true
    for (let i = 0; i < 5; i++) {
      const answer = await app.inject({ url: '/me', headers: { 'x-api-key': key } })
      t.equal(answer.statusCode, 503)
      t.ok(answer.headers['retry-after'])
      t.notMatch(answer.body, /secret address/)
    }
    t.same(await ask(app, `${key}0`), refused)
    isDown = false
    t.same(await ask(app, key), accepted)
  })
}
