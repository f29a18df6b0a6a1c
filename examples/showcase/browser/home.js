// Sends the requests of the buttons, and shows the request, the answer and the principal.
const [requestText, answerText, principalText] = ['#request', '#answer', '#principal'].map((selector) =>
  document.querySelector(selector)
)
const SHOWN_HEADERS = ['www-authenticate', 'content-type', 'cache-control']
// In memory: it is gone with the page.
let token = null

for (const button of document.querySelectorAll('button[data-request]')) {
  button.hidden = false
  button.addEventListener('click', () => void show(button.dataset))
}

/** `as` is the caller: nobody, the token of this page, or the session of the browser. */
async function show({ request, as, form, json }) {
  const [method, path] = request.split(' ')
  const body = form ?? json
  const headers = {
    ...(as === 'token' && { Authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'Content-Type': form ? 'application/x-www-form-urlencoded' : 'application/json' })
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${shortened(value)}`)
  if (as === 'session') lines.push('Cookie: …')
  requestText.textContent = [request, ...lines, ...(body === undefined ? [] : ['', body])].join('\n')

  const response = await send(path, as, { method, headers, body })
  const text = await response.text()
  if (path === '/token' && response.ok) token = JSON.parse(text).access_token
  const answered = SHOWN_HEADERS.filter((name) => response.headers.has(name))
  answerText.textContent = [
    `${response.status} ${response.statusText}`,
    ...answered.map((name) => `${name}: ${response.headers.get(name)}`),
    '',
    shortened(text)
  ].join('\n')
  principalText.textContent = await principal(as)
}

/** Asks the server who the caller is. */
async function principal(as) {
  const response = await send('/me', as, { headers: as === 'token' ? { Authorization: `Bearer ${token}` } : {} })
  if (response.status === 401) return 'none'
  return response.text()
}

function send(path, as, options) {
  // Without the cookie there is no session.
  return fetch(path, { ...options, credentials: as === 'session' ? 'same-origin' : 'omit' })
}

/** Tokens are long, and nobody else should read one over a shoulder. */
function shortened(text) {
  return text.replaceAll(/[\w.-]{32,}/g, (long) => `${long.slice(0, 12)}…`)
}
