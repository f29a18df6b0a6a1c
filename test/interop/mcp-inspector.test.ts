import { like } from '@latchkey/exact'
import t from 'tap'
import { build } from '../../examples/mcp-server/another-issuer.ts'
import { allow, startMcpServer } from '../examples/mcp-server.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { visitor } from '../visitor.ts'
import { httpsDocument, runIssuer } from './https-document.ts'
import { inspectorOf, installInspector, type Run } from './mcp-inspector.ts'

const installed = await installInspector()
const skip = 'skip' in installed && installed.skip

t.test('MCP Inspector registers, logs a person in, calls tools, and later logs in again', { skip }, async (t) => {
  const origin = await startMcpServer(t)
  const [browser, callback] = [visitor(), await callbackUrl()]
  const inspect = inspectorOf(t, installed, t.testdir({}))
  const run = async (...options: readonly string[]): Promise<Run> =>
    inspect(['--server-url', `${origin}/mcp`, '--callback-url', callback, ...options], async (link) => {
      like(t, await allow(link, browser), { status: 200, text: /OAuth complete/ })
    })
  const read = ['--method', 'tools/call', '--tool-name', 'read_notes']

  const listed = await run('--method', 'tools/list')
  t.equal(listed.code, 0, listed.messages)
  like(t, JSON.parse(listed.output), { tools: [{ name: 'read_notes' }, { name: 'add_note' }] })
  const asked = parametersOf(listed)
  like(t, asked, {
    client_id: /^[\w-]{22}$/,
    redirect_uri: callback,
    scope: 'notes:read',
    resource: `${origin}/mcp`,
    code_challenge_method: 'S256'
  })

  const called = await run(...read)
  t.same([called.code, called.link], [0, null], 'the tokens are kept')
  like(t, JSON.parse(called.output), { content: [{ text: 'The key is under the mat' }] })

  // It revokes its tokens and registers again.
  const again = await run('--relogin', ...read)
  t.equal(again.code, 0, again.messages)
  t.not(parametersOf(again)['client_id'], asked['client_id'])
  like(t, JSON.parse(again.output), { content: [{ text: 'The key is under the mat' }] })
})

t.test('MCP Inspector is known by its metadata document', { skip }, async (t) => {
  const [issuer, origin, callback] = await Promise.all([freeOrigin(), freeOrigin(), callbackUrl()])
  const resource = `${origin}/mcp`
  const document = await httpsDocument(t, callback)
  await listen(t, await build({ resource, issuer }), origin)
  await runIssuer(t, { issuer, resource, document })
  const inspect = inspectorOf(t, installed, t.testdir({}))
  const target = ['--server-url', resource, '--callback-url', callback, '--client-metadata-url', document.url]
  const called = await inspect([...target, '--method', 'tools/call', '--tool-name', 'read_notes'], async (link) => {
    like(t, await allow(link, visitor()), { status: 200, text: /OAuth complete/ })
  })
  t.equal(called.code, 0, called.messages)
  like(t, JSON.parse(called.output), { content: [{ text: 'The key is under the mat' }] })
  t.equal(parametersOf(called)['client_id'], document.url)
  t.same(document.asked, ['/client.json'])
})

function parametersOf({ link }: Run): Readonly<Record<string, string>> {
  return Object.fromEntries(new URL(link ?? '').searchParams)
}

/** The address where the Inspector waits for the browser. */
async function callbackUrl(): Promise<string> {
  return `${(await freeOrigin()).replace('localhost', '127.0.0.1')}/oauth/callback`
}
