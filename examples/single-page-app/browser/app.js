// A public client: authorization code with PKCE. It has no secret. Its token is in memory, and is gone with the page.
import * as oauth from '/oauth4webapi.js'

const { api, clientId } = document.querySelector('#app').dataset
const [message, list, button] = ['#message', '#items', '#log-in'].map((selector) => document.querySelector(selector))
const client = { client_id: clientId }
const redirectUri = new URL('/', location.href).href
// oauth4webapi demands https, and localhost has no certificate.
const options = { [oauth.allowInsecureRequests]: new URL(api).hostname === 'localhost' }

/** Sends the browser to the API's server, with a challenge whose verifier stays here for the way back. */
async function logIn(server) {
  const codeVerifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  sessionStorage.setItem('login', JSON.stringify({ codeVerifier, state }))
  const url = new URL(server.authorization_endpoint)
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'items:read',
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256'
  })
  location.assign(url)
}

/** Exchanges the code that the browser came back with; `null` if this page did not send it. */
async function accessToken(server, parameters) {
  const kept = sessionStorage.getItem('login')
  sessionStorage.removeItem('login')
  // The code leaves the address bar and the history.
  history.replaceState(null, '', '/')
  if (kept === null) return null
  const { codeVerifier, state } = JSON.parse(kept)
  // Throws for another state, for another iss, and for an error.
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
  return (await oauth.processAuthorizationCodeResponse(server, client, response)).access_token
}

async function showItems(token) {
  const response = await fetch(`${api}/items`, { headers: { authorization: `Bearer ${token}` } })
  if (!response.ok) throw new Error(`The API answered ${response.status}.`)
  const items = await response.json()
  list.replaceChildren(...items.map(({ name }) => Object.assign(document.createElement('li'), { textContent: name })))
  message.textContent = 'These are your items:'
}

function messageFor(error) {
  if (error instanceof oauth.AuthorizationResponseError && error.error === 'access_denied') {
    return 'You did not allow this page to read your items.'
  }
  return `It did not work: ${error.message}`
}

async function start() {
  const issuer = new URL(api)
  const discovery = await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oauth2' })
  const server = await oauth.processDiscoveryResponse(issuer, discovery)
  button.addEventListener('click', () => logIn(server))
  const parameters = new URLSearchParams(location.search)
  const token = parameters.has('state') ? await accessToken(server, parameters) : null
  if (token !== null) return showItems(token)
  message.textContent = 'You are not logged in on this page.'
  button.hidden = false
}

start().catch((error) => {
  message.textContent = messageFor(error)
  button.hidden = false
})
