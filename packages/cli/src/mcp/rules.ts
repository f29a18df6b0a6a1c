import type { Finding, Severity } from '../findings.ts'

const MCP = 'https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization'
const RFC = 'https://www.rfc-editor.org/rfc/'

type RuleId =
  | 'no-challenge'
  | 'challenge-scheme'
  | 'challenge-metadata'
  | 'resource-metadata'
  | 'resource-identifier'
  | 'authorization-servers'
  | 'server-metadata'
  | 'issuer'
  | 'endpoints'
  | 'code-flow'
  | 'pkce'
  | 'registration'
  | 'public-clients'
  | 'cors-metadata'
  | 'cors-token'
  | 'cors-mcp'

interface McpRule {
  readonly severity: Severity
  readonly fix: string
  readonly see: string
}

// With Latchkey, the option that fixes it.
const RULES: Readonly<Record<RuleId, McpRule>> = {
  'no-challenge': {
    severity: 'error',
    fix: 'give the route a rule that requires a token, such as allOf(...)',
    see: MCP
  },
  'challenge-scheme': {
    severity: 'error',
    fix: 'register @latchkey/bearer in the context of the route',
    see: `${RFC}rfc6750#section-3`
  },
  'challenge-metadata': {
    severity: 'warning',
    fix: 'set the option resource of @latchkey/guard',
    see: `${RFC}rfc9728#section-5.1`
  },
  'resource-metadata': {
    severity: 'error',
    fix: 'set the option resource of @latchkey/guard',
    see: `${RFC}rfc9728#section-3`
  },
  'resource-identifier': {
    severity: 'error',
    fix: 'set the option resource of @latchkey/guard to the URL that clients connect to',
    see: `${RFC}rfc9728#section-3.3`
  },
  'authorization-servers': {
    severity: 'error',
    fix: 'name an issuer in the option issuers of @latchkey/bearer',
    see: `${RFC}rfc9728#section-2`
  },
  'server-metadata': {
    severity: 'error',
    fix: 'serve the metadata at the well-known path of the issuer, without a prefix in the routes',
    see: `${RFC}rfc8414#section-3`
  },
  issuer: {
    severity: 'error',
    fix: 'make issuer and the entry of authorization_servers equal, to the final slash',
    see: `${RFC}rfc8414#section-3.3`
  },
  endpoints: {
    severity: 'error',
    fix: 'register @latchkey/authorization-endpoint, and set an https issuer',
    see: `${RFC}rfc8414#section-2`
  },
  'code-flow': {
    severity: 'error',
    fix: 'register @latchkey/authorization-endpoint',
    see: `${RFC}rfc8414#section-2`
  },
  pkce: {
    severity: 'error',
    fix: 'name S256 in code_challenge_methods_supported: clients refuse a server without it',
    see: `${MCP}#authorization-code-protection`
  },
  registration: {
    severity: 'warning',
    fix: 'set clientDocuments or registration of @latchkey/authorization-endpoint',
    see: `${MCP}#client-registration-approaches`
  },
  'public-clients': {
    severity: 'warning',
    fix: 'name none in token_endpoint_auth_methods_supported',
    see: `${RFC}rfc8414#section-2`
  },
  'cors-metadata': {
    severity: 'warning',
    fix: 'send Access-Control-Allow-Origin: openToOtherOrigins of @latchkey/authorization-endpoint does',
    see: `${RFC}rfc9700#section-2.6`
  },
  'cors-token': {
    severity: 'warning',
    fix: 'answer the preflight: openToOtherOrigins of @latchkey/authorization-endpoint does',
    see: `${RFC}rfc9700#section-2.6`
  },
  'cors-mcp': {
    severity: 'note',
    fix: 'if clients in browsers shall connect, register @fastify/cors with their origins',
    see: MCP
  }
}

/** Makes a finding of a rule. The text quotes data of the server as JSON, so that no control character reaches a terminal. */
export function found(rule: RuleId, finding: string): Finding {
  return { rule, ...RULES[rule], finding }
}
