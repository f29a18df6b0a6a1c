export default {
  number: 9126,
  title: 'Pushed Authorization Requests',
  requirements: [
    {
      section: '2',
      text: 'The endpoint takes a form by `POST`, and is in the metadata.',
      tests: 'pushed request once'
    },
    {
      section: '2.1',
      text: 'The client authenticates as at the token endpoint. A `request_uri` is refused. The request is checked as at the authorization endpoint.',
      tests: 'answers'
    },
    {
      section: '2.2',
      text: 'The answer is 201 with a `request_uri` of 256 random bits and its lifetime, for one use by this client.',
      tests: 'pushed request once'
    },
    { section: '2.3', text: 'The errors are those of the token endpoint, and 429 for too many requests.' },
    {
      section: '2.4',
      text: 'A client with a secret may push a redirect URI that it has not registered.',
      reason: 'Not used: redirect URIs are always compared exactly. The section says "MAY".'
    },
    {
      section: '3',
      text: 'A request object (RFC 9101) may be pushed.',
      reason: 'Not built: `request` is an unknown parameter, and the answer names the missing ones.'
    },
    { section: '4', text: 'A `request_uri` is refused after its lifetime.', tests: 'after a minute' },
    { section: '4', text: 'A client may be limited to pushed requests.', tests: 'must push' },
    {
      section: '4',
      text: 'A step that was checked at the push is checked again if the client may have changed (§7.4).',
      tests: 'has lost since'
    },
    { section: '5', text: 'The metadata have `pushed_authorization_request_endpoint`.', tests: 'pushed request once' },
    { section: '6', text: 'A client can have `requirePushedAuthorizationRequests`.', tests: 'must push' },
    { section: '7.1', text: 'A `request_uri` cannot be guessed.', reason: 'See §2.2.' },
    { section: '7.2', text: 'A pushed request names a redirect URI of its client.', tests: 'answers' },
    { section: '7.3', text: 'A `request_uri` cannot be replayed.', tests: ['used once', 'pushed request once'] },
    {
      section: '7.5',
      text: 'A client protects its request by PKCE.',
      reason: 'Every request needs PKCE: see RFC 7636 §4.4.1.'
    }
  ]
}
