export default {
  number: 7591,
  title: 'Dynamic Client Registration',
  requirements: [
    { section: '2', text: 'Unknown metadata are ignored.', tests: ['registers a client', 'only the operator may set'] },
    {
      section: '2',
      text: 'The default of `token_endpoint_auth_method` is `client_secret_basic`, and that of `grant_types` is `authorization_code`.',
      reason:
        'Differs: the defaults are `none`, and refresh tokens too. Clients get no secret. The answer says what is in force, as §3.2.1 allows.'
    },
    {
      section: '2',
      text: 'Logos, home pages, terms and policies of clients are shown to the user.',
      reason: 'Not built: they are ignored, and never shown or fetched. Anybody can register the logo of another (§5).'
    },
    {
      section: '2',
      text: 'Keys, contacts and software identifiers are for other uses of a registration.',
      reason:
        'Not used: clients have no keys here. They are ignored as unknown metadata, also `jwks` beside `jwks_uri`.'
    },
    { section: '2.1', text: 'Grant types and response types fit each other.' },
    {
      section: '2.2',
      text: 'Names can be in several languages.',
      reason: 'Not built: `client_name` alone is shown, and other languages are ignored as unknown metadata.'
    },
    { section: '3', text: 'The endpoint takes JSON by `POST`.', tests: 'other bodies and methods' },
    {
      section: '3',
      text: 'An initial access token may be required, as a bearer token.',
      tests: 'initial access token'
    },
    { section: '3', text: 'A client without credentials can register.', tests: 'registers a client' },
    {
      section: '3',
      text: 'The endpoint and its answers travel over TLS. §5 too.',
      reason: 'See RFC 6749 §3.1.'
    },
    {
      section: '3.1.1',
      text: 'A software statement is ignored by a server that does not support it.',
      tests: 'registers a client'
    },
    {
      section: '3.2.1',
      text: 'The answer is 201, not cacheable, with a unique `client_id` and all metadata in force.',
      tests: ['registers a client', 'in force']
    },
    {
      section: '3.2.1',
      text: 'The identifier is that of one client, and the client cannot choose it.',
      tests: 'cannot choose'
    },
    { section: '3.2.2', text: 'A refusal is 400 with `invalid_redirect_uri` or `invalid_client_metadata`.' },
    {
      section: '5',
      text: 'A client of a flow with redirects must register its redirect URIs. A device needs none.',
      tests: ['a device without', 'bad metadata']
    },
    {
      section: '5',
      text: 'Redirect URIs are https, loopback or a private-use scheme, and have no fragment.',
      tests: 'bad metadata'
    },
    { section: '5', text: 'A client gets no privilege by its own words.', tests: 'only the operator may set' },
    {
      section: '5',
      text: 'An identifier that several instances share is for the same redirect URIs only.',
      reason: 'Not used: each registration gets an identifier of its own (§3.2.1).'
    },
    { section: '5', text: 'Open registration is limited.', tests: ['one address', 'no more clients'] },
    {
      section: '5',
      text: 'Metadata are the client’s own words. The user is told who vouches for it.',
      tests: 'the host that vouches'
    },
    {
      section: '5',
      text: 'A second registration of the same software is suspect, if a client may have one only.',
      reason: 'Each installation of an MCP client registers. `software_id` proves nothing, and is ignored.'
    }
  ]
}
