// A process that users log in to with a password. password-processes.test.ts starts it.
import type { AddressInfo } from 'node:net'
import { openStorage, type Place } from '../../examples/storage.ts'
import { buildServer } from './password-login.ts'

process.once('disconnect', () => process.exit())
const place = JSON.parse(process.argv[2] ?? '') as Place // written by the test
const store = await openStorage(place)
const options = { throttle: { failures: 5, failuresPerAccount: 8, failuresUnderAttack: 2, window: 600 } }
const app = await buildServer({ origin: 'https://app.example.com', store, options, trustProxy: '127.0.0.1' })
await app.listen({ port: 0, host: '127.0.0.1' })
process.send?.(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`) // it listens on TCP
