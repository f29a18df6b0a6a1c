import type { RequestListener } from 'node:http'
import { like } from '@latchkey/exact'
import t, { type Test } from 'tap'
import { type DocumentServer, documentServer, json, serverOf, status } from './fixtures/documents.ts'
import type { Server } from './fixtures/server.ts'

const DAY = 24 * 60 * 60

interface Subject extends Pick<Server, 'time' | 'authorize'> {
  readonly documents: DocumentServer
  /** Whether the client is known now. */
  isKnown(clientId?: string): Promise<boolean>
}

async function start(t: Test, headers: Readonly<Record<string, string>> = {}): Promise<Subject> {
  const documents = await documentServer(t, headers)
  const { time, authorize } = await serverOf(t, documents)
  return {
    documents,
    time,
    authorize,
    isKnown: async (clientId = documents.clientId) => (await authorize({ client_id: clientId })).status === 303
  }
}

for (const [cacheControl, seconds] of [
  ['max-age=600', 600],
  ['public, max-age=5', 60],
  ['max-age=0', 60],
  ['max-age=999999', DAY],
  ['no-store', 60],
  ['no-cache, max-age=600', 60],
  ['', 3600]
] as const) {
  t.test(`keeps a document with Cache-Control '${cacheControl}' for ${seconds} seconds`, async (t) => {
    const { documents, time, isKnown } = await start(t, { 'cache-control': cacheControl })
    t.equal(await isKnown(), true)
    time.seconds += seconds - 1
    t.equal(await isKnown(), true)
    t.equal(documents.asked.length, 1)
    documents.answer = json(documents.document({ redirect_uris: ['https://new.example.com/'] }))
    time.seconds += 1
    t.equal(await isKnown(), false, 'the new document has another redirect URI')
    t.equal(documents.asked.length, 2)
  })
}

t.test('fetches a document again when the clock has gone back', async (t) => {
  const { documents, time, isKnown } = await start(t)
  t.equal(await isKnown(), true)
  time.seconds -= 10
  t.equal(await isKnown(), true)
  t.equal(documents.asked.length, 2)
})

t.test('has one fetch at a time for one document', async (t) => {
  const { documents, isKnown } = await start(t)
  t.same(await Promise.all(Array.from({ length: 50 }, async () => isKnown())), Array(50).fill(true))
  t.equal(documents.asked.length, 1)
})

for (const [name, answer] of Object.entries<RequestListener>({ 'a refusal': status(404), 'an outage': status(500) })) {
  t.test(`does not fetch a document in the minute after ${name}`, async (t) => {
    const { documents, time, isKnown } = await start(t)
    const good = documents.answer
    documents.answer = answer
    t.equal(await isKnown(), false)
    documents.answer = good
    time.seconds += 59
    t.equal(await isKnown(), false)
    t.equal(documents.asked.length, 1)
    time.seconds += 1
    t.equal(await isKnown(), true)
    t.equal(documents.asked.length, 2)
  })
}

for (const [name, answer] of Object.entries<RequestListener>({
  'answers 500': status(500),
  'answers 503': status(503),
  'answers 429': status(429),
  'answers 408': status(408),
  'breaks the connection': (request) => request.socket.resetAndDestroy()
})) {
  t.test(`keeps a document in use for a day when its server ${name}`, async (t) => {
    const { documents, time, isKnown } = await start(t, { 'cache-control': 'max-age=60' })
    t.equal(await isKnown(), true)
    documents.answer = answer
    time.seconds += DAY - 1
    t.equal(await isKnown(), true)
    t.ok(documents.asked.length >= 2)
    time.seconds += 1
    t.equal(await isKnown(), false)
  })
}

for (const [name, answer] of Object.entries<(documents: DocumentServer) => RequestListener>({
  'is gone': () => status(410),
  'is missing': () => status(404),
  'is forbidden': () => status(403),
  'is redirected': () => status(302, { location: '/other.json' }),
  'is too large': (documents) => json(documents.document({ padding: 'x'.repeat(5 * 1024) })),
  'is a page': () => (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
  'names another client': (documents) => json(documents.document({ client_id: 'https://other.example.com/c' })),
  'has a secret': (documents) => json(documents.document({ client_secret: 'x' }))
})) {
  t.test(`drops a document that ${name}`, async (t) => {
    const { documents, time, isKnown } = await start(t, { 'cache-control': 'max-age=60' })
    t.equal(await isKnown(), true)
    documents.answer = answer(documents)
    time.seconds += 60
    t.equal(await isKnown(), false)
    t.same(documents.asked, ['/client.json', '/client.json'])
  })
}

t.test('keeps at most 1000 documents', async (t) => {
  const { documents, time, isKnown } = await start(t)
  documents.answer = (request, response) =>
    json(documents.document({ client_id: `http://${documents.host}${String(request.url)}` }))(request, response)
  for (let i = 0; i <= 1000; i++) {
    if (i === 500) time.seconds += 60
    t.equal(await isKnown(`http://${documents.host}/${i}`), true)
  }
  t.equal(documents.asked.length, 1001)
  await isKnown(`http://${documents.host}/1000`)
  t.equal(documents.asked.length, 1001)
  await isKnown(`http://${documents.host}/0`)
  t.equal(documents.asked.length, 1002, 'the first one was displaced')
})

t.test('makes at most 1000 fetches in a minute, and failures do not displace documents', async (t) => {
  const { documents, time, authorize, isKnown } = await start(t, { 'cache-control': 'max-age=60' })
  t.equal(await isKnown(), true)
  time.seconds += 60
  documents.answer = status(404)
  for (let i = 0; i < 1000; i++) await isKnown(`http://${documents.host}/${i}`)
  t.equal(documents.asked.length, 1001)
  t.equal((await authorize({ client_id: `http://${documents.host}/1000` })).status, 503)
  t.equal(await isKnown(), true, 'the last document is used instead of a new one')
  t.equal(documents.asked.length, 1001)
  time.seconds += 60
  t.equal((await authorize({ client_id: `http://${documents.host}/1000` })).status, 400)
  t.equal(documents.asked.length, 1002)
})

t.test('fetches at most 50 documents at a time, and answers 503 beyond that', async (t) => {
  const { documents, authorize, isKnown } = await start(t)
  const waiting: (() => void)[] = []
  let arrived = (): void => {}
  const allArrived = new Promise<void>((resolve) => {
    arrived = resolve
  })
  documents.answer = (request, response) => {
    waiting.push(() => status(404)(request, response))
    if (waiting.length === 50) arrived()
  }
  const slow = Array.from({ length: 50 }, async (_, i) => isKnown(`http://${documents.host}/${i}`))
  await allArrived
  const refused = await authorize({ client_id: `http://${documents.host}/50` })
  like(t, refused, { status: 503, headers: { 'retry-after': '5' } })
  for (const answer of waiting) answer()
  t.same(await Promise.all(slow), Array(50).fill(false))
  documents.answer = json(documents.document())
  t.equal(await isKnown(), true)
})
