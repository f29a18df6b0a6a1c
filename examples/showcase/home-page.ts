import { type Page, page } from '../page.ts'

/** The first page of the showcase: each way in, with buttons to try it. Without scripts it has no buttons. */
export function homePage(origin: string, hasProviders: boolean): Page {
  return page('Latchkey showcase', body(origin, hasProviders), { module: '/home.js', calls: "'self'" })
}

/** The members of a request. The text is HTML. */
interface Try {
  readonly request: string
  readonly as: 'nobody' | 'token' | 'session'
  readonly form?: string
  readonly json?: string
}

function button(label: string, { request, as, form, json }: Try): string {
  const data = Object.entries({ request, as, form, json }).filter(([, value]) => value !== undefined)
  const attributes = data.map(([name, value]) => `data-${name}="${value}"`).join(' ')
  return `<button class="button" type="button" hidden ${attributes}>${label}</button>`
}

const password = (user: string, secret: string, scope: string): Try => ({
  request: 'POST /token',
  as: 'nobody',
  form: `grant_type=password&amp;username=${user}&amp;password=${secret}&amp;scope=${scope}`
})
const newItem = '{&quot;name&quot;:&quot;a lantern&quot;}'

const providers = `
<p>The page also has buttons for Discord and Google. Unless this server has credentials for the real ones, stand-ins run beside it,
whose people have no passwords.</p>`

const body = (origin: string, hasProviders: boolean): string => `
<p>A Fastify server that logs people in, issues tokens and guards its routes. Each button sends a request; the answer stands below.</p>
<h2>1. Without a login</h2>
<p>The guard refuses the request. The challenge says which scope is missing.</p>
<div class="row">
${button('Read the items', { request: 'GET /items', as: 'nobody' })}
${button('Ask for the health', { request: 'GET /health', as: 'nobody' })}
</div>
<h2>2. With a token</h2>
<p>A program exchanges a password for a token, and gets the scopes that the user may have.</p>
<table>
  <tr><th>user name</th><th>password</th><th>may have</th></tr>
  <tr><td>alice</td><td>wonderland</td><td><code>items:read</code> <code>items:write</code></td></tr>
  <tr><td>bob</td><td>builder</td><td><code>items:read</code></td></tr>
  <tr><td>carol</td><td>caroline</td><td>nothing: her account is disabled</td></tr>
</table>
<div class="row">
${button('Get a token for alice', password('alice', 'wonderland', 'items:read items:write'))}
${button('Get a token for bob', password('bob', 'builder', 'items:read items:write'))}
${button('Get a token for carol', password('carol', 'caroline', 'items:read'))}
${button('Read the items', { request: 'GET /items', as: 'token' })}
${button('Add an item', { request: 'POST /items', as: 'token', json: newItem })}
${button('Open the engine room', { request: 'GET /admin', as: 'token' })}
</div>
<h2>3. With a session</h2>
<p><a href="/login?returnTo=/">Log in</a>, and the browser has a cookie that opens the same routes. <a href="/logout">Log out</a> ends
the session.</p>${hasProviders ? providers : ''}
<div class="row">
${button('Read the items', { request: 'GET /items', as: 'session' })}
${button('Add an item', { request: 'POST /items', as: 'session', json: newItem })}
</div>
<h2>4. With an app</h2>
<p>Open <a href="/docs">/docs</a>, press <strong>Authorize</strong>, tick a scope, log in, and try the routes. This server asks you who
you are, and whether the page may act for you, and gives it an authorization code. Any other client can do the same: this is the
authorization server of <a href="/.well-known/oauth-authorization-server">its metadata</a>.</p>
<h2>What happened</h2>
<div role="status">
<h3>Request</h3>
<pre id="request">none so far</pre>
<h3>Answer</h3>
<pre id="answer">none so far</pre>
<h3>Principal</h3>
<pre id="principal">none so far</pre>
</div>
<h2>From a terminal</h2>
<pre>curl -d 'grant_type=password&amp;username=alice&amp;password=wonderland&amp;scope=items:read' ${origin}/token
curl -H 'Authorization: Bearer …' ${origin}/items
curl -d 'grant_type=refresh_token&amp;refresh_token=…' ${origin}/token
curl -d 'token=…' ${origin}/revoke</pre>
<p>A restart of the server logs no user out: sessions and signing keys are kept in a file.</p>
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
