// A public client: authorization code with PKCE. The password stays on the page of the server.
import * as oauth from '/oauth4webapi.js'

const form = document.querySelector('form')
const output = document.querySelector('#answer')
const { issuer, clientId } = form.dataset
const client = { client_id: clientId }
const redirectUri = new URL('/code-login', location.href).href
// oauth4webapi demands https, and localhost has no certificate.
const options = { [oauth.allowInsecureRequests]: new URL(issuer).hostname === 'localhost' }

/** Sends the browser to the authorization endpoint, with a challenge whose verifier stays here for the way back. */
async function logIn(server) {
  const codeVerifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  sessionStorage.setItem('login', JSON.stringify({ codeVerifier, state }))
  const ticked = [...form.querySelectorAll('[data-scope]:checked')]
  const url = new URL(server.authorization_endpoint)
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: ticked.map((box) => box.dataset.scope).join(' '),
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256'
  })
  location.assign(url)
}

/** Exchanges the code that the browser came back with, and returns the answer of the token endpoint. */
async function exchange(server, parameters) {
  const { codeVerifier, state } = JSON.parse(sessionStorage.getItem('login'))
  sessionStorage.removeItem('login')
  // The code leaves the address bar and the history.
  history.replaceState(null, '', '/code-login')
  const answer = oauth.validateAuthResponse(server, client, parameters, state)
  const none = oauth.None()
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    none,
    answer,
    redirectUri,
    codeVerifier,
    options
  )
  return oauth.processAuthorizationCodeResponse(server, client, response)
}

async function start() {
  const url = new URL(issuer)
  const discovery = await oauth.discoveryRequest(url, { ...options, algorithm: 'oauth2' })
  const server = await oauth.processDiscoveryResponse(url, discovery)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    logIn(server)
  })
  form.querySelector('button').disabled = false
  const parameters = new URLSearchParams(location.search)
  if (parameters.has('state') && sessionStorage.getItem('login') !== null) {
    show(JSON.stringify(await exchange(server, parameters), null, 2))
  }
}

function show(text) {
  output.textContent = text
  output.hidden = false
}

start().catch((error) => show(`It did not work: ${error.message}`))
