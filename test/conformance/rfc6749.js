export default {
  number: 6749,
  title: 'The OAuth 2.0 Authorization Framework, §3.1, §4.1, §5, §10 and what they refer to',
  requirements: [
    {
      section: '3.1',
      text: 'The server knows who the user is before a client gets a code.',
      tests: 'anonymous browser'
    },
    {
      section: '3.1',
      text: 'The authorization endpoint answers `GET`, and `POST` too.',
      tests: ['by POST', 'other methods']
    },
    {
      section: '3.1',
      text: 'A parameter without a value is omitted, and an unknown one is ignored.',
      tests: 'unknown parameters'
    },
    { section: '3.1', text: 'A repeated parameter is refused.', tests: ['two parameters', 'repeated parameter'] },
    {
      section: '3.1',
      text: 'Endpoints require TLS.',
      reason:
        'The server or its proxy provides it. Issuers and endpoints must be https URLs, except on loopback: `token-endpoint` refuses others at the start.'
    },
    {
      section: '3.1.1',
      text: 'A missing response type is `invalid_request`, and another one than `code` is `unsupported_response_type`.'
    },
    { section: '3.1.2', text: 'A redirect URI is absolute, has no fragment, and keeps its query.' },
    { section: '3.1.2.1', text: 'A redirect URI has TLS, except on the user’s own device.', tests: 'with http' },
    { section: '3.1.2.2', text: 'A client without a registered redirect URI cannot ask for a code.' },
    { section: '3.1.2.3', text: 'A client with several redirect URIs names one. It is compared as a text.' },
    {
      section: '3.1.2.4',
      text: 'For an unknown redirect URI the user sees a page, and the browser is not redirected.'
    },
    {
      section: '3.1.2.5',
      text: 'The callback of a client shows no page of its own, and redirects to a URL without the code.'
    },
    {
      section: '3.2',
      text: 'The token endpoint takes `POST`, refuses repeated parameters, and omits those without a value.'
    },
    { section: '3.2.1', text: 'A client with a secret authenticates. A public client names itself.' },
    {
      section: '3.3',
      text: 'The scope is a list of case-sensitive tokens without order. The answer names what was granted.',
      tests: ['clips the scopes', 'scope token']
    },
    {
      section: '3.3',
      text: 'Without a scope the client gets its default scopes, or none if it has no default.',
      tests: 'default scopes'
    },
    { section: '4.1.1', text: 'A request of any size within the limits keeps all its members.' },
    { section: '4.1.2', text: 'A code lives for a minute, ten at most.', tests: 'after 60 seconds' },
    {
      section: '4.1.2',
      text: 'A code works once. A second use revokes the tokens of the first.',
      tests: ['once', 'concurrent', 'second use', 'fifty']
    },
    {
      section: '4.1.2',
      text: 'The answer has the exact `state` of the request, encoded as a form.',
      tests: ['after the user allowed', 'encodes a space']
    },
    {
      section: '4.1.2',
      text: 'The server documents the size of its values. §5.1 too.',
      reason: 'The READMEs of `authorization-endpoint` and `token-endpoint` have the sizes.'
    },
    { section: '4.1.2.1', text: 'An unknown client or redirect URI shows a page.', tests: 'does not redirect' },
    {
      section: '4.1.2.1',
      text: 'Other errors go to the client, with `state`.',
      tests: ['redirects to the client', 'unauthorized_client', 'access_denied']
    },
    {
      section: '4.1.2.1',
      text: 'A description contains no other characters than the RFC allows.',
      tests: 'redirects to the client'
    },
    {
      section: '4.1.2.1',
      text: 'A failure of the server goes to the client as `server_error` or `temporarily_unavailable`.',
      tests: '503 and 500',
      reason: 'Differs: the browser shows a page, which the user can load again.'
    },
    { section: '4.1.3', text: 'A code is for its client, with the redirect URI of its request.' },
    { section: '4.1.4', text: 'The answer to a valid code is that of §5.1.' },
    {
      section: '5.1',
      text: 'The answer is JSON with `token_type`, `expires_in` and the granted scope, and is never stored.'
    },
    { section: '5.2', text: 'A refusal is 400 with a code of the list.', tests: 'grant_type' },
    {
      section: '5.2',
      text: 'A client that fails to authenticate gets 401 with the challenge of the scheme that it used.',
      tests: 'answers 401'
    },
    { section: '5.2', text: 'A description contains no other characters than the RFC allows.', tests: 'description' },
    { section: '10.1', text: 'A client with a secret gets nothing without it.' },
    {
      section: '10.2',
      text: 'The user sees which client asks for what. A client that is not proven cannot use an earlier consent.'
    },
    { section: '10.3', text: 'Access tokens travel in headers, and no store holds one.' },
    { section: '10.4', text: 'A refresh token is bound to its client, cannot be made up, and is stored as a hash.' },
    { section: '10.5', text: 'A code is short-lived, works once, and its second use revokes.' },
    {
      section: '10.6',
      text: 'The redirect URI of the token request equals that of the authorization request, which is registered.'
    },
    {
      section: '10.7',
      text: 'The password grant is a last resort.',
      reason: 'It is a package of its own: see RFC 9700 §2.4.'
    },
    {
      section: '10.8',
      text: 'Codes, tokens and secrets do not travel in the clear, nor do `state` and `scope` hold secrets.',
      reason: 'TLS as in §3.1. Logs are tested under RFC 9700 §4.9.3.'
    },
    { section: '10.9', text: 'A client verifies the certificate of a server.' },
    { section: '10.10', text: 'Generated values have 128 random bits or more. Guesses are limited.' },
    {
      section: '10.11',
      text: 'Users recognize the page of the server.',
      reason: 'A matter of the operator: of its domain, its certificate and its own `render`.'
    },
    { section: '10.12', text: 'A client binds `state` to the browser.', tests: 'another browser is refused' },
    {
      section: '10.12',
      text: 'A page of another site, or another session, cannot decide for the user.',
      tests: ['another site', 'another session']
    },
    { section: '10.13', text: 'No page can be framed.' },
    { section: '10.14', text: 'Values of a request are checked and escaped.' },
    {
      section: '10.15',
      text: 'Neither the authorization endpoint nor the login redirects to an address of the request.'
    },
    {
      section: '10.16',
      text: 'A client of the implicit grant does not take a token for proof of a login.',
      reason: 'There is no implicit grant (RFC 9700 §2.1.2).'
    }
  ]
}
