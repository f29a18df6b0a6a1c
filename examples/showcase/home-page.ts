import { type Page, page } from '../page.ts'

/** The first page of the showcase. */
export function homePage(origin: string, hasProviders: boolean): Page {
  return page('Latchkey showcase', body(origin, hasProviders))
}

const providers = `
<p>The page also has buttons for Discord and Google. Unless this server has credentials for the real ones, stand-ins run beside it,
whose people have no passwords. <a href="/logout">Log out</a> ends the session.</p>`

const body = (origin: string, hasProviders: boolean): string => `
<p>A Fastify server that logs people in, issues tokens and guards its routes.</p>
<h2>In the browser</h2>
<p><a href="/login">Log in</a>, and <a href="/me">/me</a> and <a href="/items">/items</a> open: the session does it.</p>
<table>
  <tr><th>user name</th><th>password</th><th>may have</th></tr>
  <tr><td>alice</td><td>wonderland</td><td><code>items:read</code> <code>items:write</code></td></tr>
  <tr><td>bob</td><td>builder</td><td><code>items:read</code></td></tr>
  <tr><td>carol</td><td>caroline</td><td>nothing: her account is disabled</td></tr>
</table>
${hasProviders ? providers : ''}
<h2>With Authorize</h2>
<p>Open <a href="/docs">/docs</a>, press <strong>Authorize</strong>, tick a scope, log in, and try the routes. The first way to log in
there is the browser: this server asks you who you are, and whether the page may act for you, and gives it an authorization code.
Any other client can do the same: this is the authorization server of
<a href="/.well-known/oauth-authorization-server">its metadata</a>. The second way is a password.</p>
<p>A restart of the server logs no user out: sessions and signing keys are kept in a file.</p>
<h2>From a terminal</h2>
<pre>curl -d 'grant_type=password&amp;username=alice&amp;password=wonderland&amp;scope=items:read' ${origin}/token
curl -H 'Authorization: Bearer …' ${origin}/items
curl -d 'grant_type=refresh_token&amp;refresh_token=…' ${origin}/token
curl -d 'token=…' ${origin}/revoke</pre>
<h2>Routes</h2>
<table>
  <tr><th>route</th><th>opens for</th></tr>
  <tr><td><code>GET /items</code></td><td><code>items:read</code></td></tr>
  <tr><td><code>POST /items</code></td><td><code>items:write</code></td></tr>
  <tr><td><code>GET /me</code></td><td>any login</td></tr>
  <tr><td><code>GET /admin</code></td><td><code>admin</code></td></tr>
  <tr><td><code>GET /health</code></td><td>everyone</td></tr>
</table>
`
