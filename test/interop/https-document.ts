import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { generate } from 'selfsigned'
import type { Test } from 'tap'
import { runExample } from '../examples/program.ts'

/** A client metadata document at an https URL on loopback. */
export interface HttpsDocument {
  /** The identifier of the client. */
  readonly url: string
  readonly host: string
  /** The paths that were requested. */
  readonly asked: readonly unknown[]
  /** The file of the certificate. Node.js reads trusted certificates when it starts. */
  readonly certificate: string
}

/** Serves the metadata document of a client named Reader. */
export async function httpsDocument(t: Test, redirectUri: string): Promise<HttpsDocument> {
  const certificate = path.join(t.testdir({}), 'cert.pem')
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }]
  })
  await writeFile(certificate, cert)
  const asked: unknown[] = []
  const server = createServer({ key, cert }, (request, response) => {
    asked.push(request.url)
    const document = { client_id: url, client_name: 'Reader', redirect_uris: [redirectUri] }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document))
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const host = `localhost:${(server.address() as AddressInfo).port}` // it listens on a port
  const url = `https://${host}/client.json`
  return { url, host, asked, certificate }
}

/** Runs the authorization server in a process of its own, which trusts the certificate of the document. */
export async function runIssuer(
  t: Test,
  {
    issuer,
    resource,
    document
  }: { readonly issuer: string; readonly resource: string; readonly document: HttpsDocument }
): Promise<void> {
  const program = runExample(t, '../test/interop/mcp-issuer.ts', {
    NODE_EXTRA_CA_CERTS: document.certificate,
    SERVERS: JSON.stringify({ issuer, resource, documents: document.host })
  })
  await program.hasPrinted('listening')
}
