export default {
  number: 9700,
  title: 'Best Current Practice for OAuth 2.0 Security',
  requirements: [
    {
      section: '2.1',
      text: 'Redirect URIs are compared as texts, except the port on loopback.',
      tests: ['pattern', 'native apps']
    },
    {
      section: '2.1',
      text: 'Neither the server nor a client redirects to an address that the request made up.',
      tests: ['open redirect', 'with the target']
    },
    {
      section: '2.1',
      text: 'A client refuses a response that its own request did not cause.',
      tests: 'another browser'
    },
    { section: '2.1', text: 'A client with several servers compares `iss`.', tests: 'parameter iss' },
    { section: '2.1', text: 'A redirect after a form does not send the form on.', tests: '303' },
    {
      section: '2.1.1',
      text: 'A client uses PKCE with `S256` for every login. The challenge and the nonce are of one login.',
      tests: ['each login', 'the code verifier']
    },
    {
      section: '2.1.1',
      text: 'The server requires PKCE of every client, and has `S256` alone.',
      tests: ['no method plain', 'a code verifier only']
    },
    { section: '2.1.1', text: 'The metadata announce PKCE.', tests: 'metadata' },
    {
      section: '2.1.1',
      text: 'A server makes an effort to detect constant challenges.',
      reason: 'Encouraged, not built: it would have to remember all challenges of a client.'
    },
    { section: '2.1.2', text: 'No token is in an authorization response.' },
    { section: '2.2.1', text: 'A resource server accepts tokens that are bound to a key (DPoP).' },
    {
      section: '2.2.1',
      text: 'A server issues tokens that are bound to a key.',
      reason:
        'Recommended, not built: `token-endpoint` issues bearer tokens with a short life. `bearer` accepts DPoP-bound tokens of other issuers.'
    },
    { section: '2.2.2', text: 'Refresh tokens rotate.' },
    {
      section: '2.3',
      text: 'A resource server refuses a token for another audience.',
      tests: 'aud'
    },
    {
      section: '2.3',
      text: 'A token has the scopes that the client and the user may have. A route requires its own.',
      tests: ['clips the scopes', 'compares the scopes']
    },
    {
      section: '2.4',
      text: 'The password grant does not exist.',
      reason: 'It exists in a package of its own, for first-party clients that cannot do otherwise.',
      tests: ['not registered', 'first-party clients only', 'grant_type=password is on']
    },
    { section: '2.5', text: 'A client with a secret authenticates.' },
    {
      section: '2.5',
      text: 'Clients authenticate with asymmetric keys.',
      reason: 'Recommended, not built: secrets of 256 random bits, stored as hashes.'
    },
    {
      section: '2.6',
      text: 'The server publishes metadata. A client configures itself by them.',
      tests: ['metadata contain', 'metadata have', 'true to the metadata']
    },
    { section: '2.6', text: 'A client cannot choose its identifier.', tests: 'cannot choose' },
    { section: '2.6', text: 'A redirect URI is not http, except on loopback.', tests: 'refuses to register' },
    {
      section: '2.6',
      text: 'The authorization endpoint has no CORS. The endpoints for clients may have it.',
      tests: ['Access-Control-Allow-Origin', 'openToOtherOrigins']
    },
    { section: '2.6', text: 'TLS reaches from end to end.', reason: 'See RFC 6749 §3.1.' },
    {
      section: '2.6',
      text: 'In-browser messages are verified.',
      reason: 'Not used: responses are redirects or forms.'
    },
    { section: '4.1.3', text: 'A redirect URI equals a registered one. A loopback URI may have another port.' },
    {
      section: '4.2.4',
      text: 'The consent page has no link to other sites, and loads nothing from them.',
      tests: 'links to nothing'
    },
    { section: '4.2.4', text: 'No page sends a referrer to another site.', tests: 'referrer' },
    {
      section: '4.2.4',
      text: 'A code works once. A second use revokes the tokens of the first.',
      tests: 'a second use'
    },
    { section: '4.2.4', text: 'A client takes `state` once.', tests: 'accepted once' },
    { section: '4.3.1', text: 'A code from the history of a browser is useless.' },
    { section: '4.3.2', text: 'A client sends access tokens in no URL.', tests: 'sent to a provider' },
    { section: '4.3.2', text: 'A resource server refuses access tokens in a URL.', tests: 'answers 400' },
    { section: '4.4.2', text: 'A client keeps the server of each login, bound to the browser.' },
    { section: '4.4.2.1', text: 'A client ends a login when `iss` is not the issuer that it kept.' },
    { section: '4.4.2.2', text: 'Each provider has its own redirect URI, and a response at another one is refused.' },
    { section: '4.5.2', text: 'A code from one redirect URI does not work with another.' },
    { section: '4.5.3.1', text: 'A code does not work without its verifier.' },
    { section: '4.5.3.2', text: 'A client checks the nonce before it uses any token.' },
    { section: '4.6.1', text: 'No access token can be injected, because none comes in an authorization response.' },
    {
      section: '4.7.1',
      text: 'A client protects itself with a random `state` that is bound to the browser, whatever the server supports.',
      tests: 'another browser'
    },
    {
      section: '4.7.1',
      text: 'The data of a login are protected from changes and swaps.',
      tests: ['sealed cookie', 'changed transaction']
    },
    { section: '4.7.1', text: 'The server announces PKCE.', tests: 'metadata' },
    { section: '4.8.2', text: 'A verifier for a request without a challenge is refused.' },
    { section: '4.9.3', text: 'Tokens are stored as hashes, and are not in logs.' },
    { section: '4.10.1', text: 'A resource server checks the proof of a bound token, and accepts each proof once.' },
    {
      section: '4.10.2',
      text: 'A token is for the resources that the client named. A resource server refuses the tokens of others.'
    },
    { section: '4.11.1', text: 'A client is no open redirector.' },
    {
      section: '4.11.2',
      text: 'An unknown client or redirect URI shows a page.',
      tests: ['does not redirect', 'open redirect']
    },
    {
      section: '4.11.2',
      text: 'The user logs in before the browser is redirected to a client.',
      tests: 'to the login'
    },
    {
      section: '4.11.2',
      text: 'A faulty request does not redirect a browser without a user to a client that describes itself.',
      tests: 'describes itself'
    },
    {
      section: '4.11.2',
      text: 'The server redirects on its own only to redirect URIs that it trusts. To others the user decides to go.',
      tests: [
        'asks the user before an error',
        'goes back to a website',
        'on the device of the user',
        'a listed client'
      ],
      reason:
        'The operator lists trusted clients. Of others, the consent page shows the host of the redirect URI, and so does the page about an error. On the device of the user no website of an attacker can be.'
    },
    { section: '4.12', text: 'A redirect after a form is a 303.' },
    {
      section: '4.13',
      text: 'A proxy cleans the headers that the server trusts.',
      reason: 'A matter of the proxy. The packages believe no forwarded header unless Fastify’s `trustProxy` says so.',
      tests: ['Host header', 'forwarded address']
    },
    {
      section: '4.14.2',
      text: 'The operator decides which clients get refresh tokens.',
      tests: 'without the refresh grant'
    },
    {
      section: '4.14.2',
      text: 'A refresh token is bound to scope, resource and client.',
      tests: ['binds refresh tokens', 'does not extend', 'another client']
    },
    {
      section: '4.14.2',
      text: 'Refresh tokens rotate. A reuse ends the family.',
      tests: ['ends the old refresh token', 'reuse']
    },
    {
      section: '4.14.2',
      text: 'A security event, such as a new password, revokes refresh tokens.',
      tests: 'revokeAll'
    },
    { section: '4.14.2', text: 'An unused refresh token expires.', tests: 'unused' },
    {
      section: '4.15.1',
      text: 'The subject of a client cannot be that of a user. A client cannot choose its identifier.'
    },
    { section: '4.16', text: 'No page can be framed: by its policy, and by `X-Frame-Options` for older browsers.' },
    {
      section: '4.16',
      text: 'The operator can allow origins that may frame.',
      reason: 'Recommended, not built: no page can be framed.'
    },
    { section: '4.17.2', text: 'In-browser messages have exact origins.', reason: 'Not used: see §2.6.' }
  ]
}
