import type { ColumnType } from 'kysely'

/** The tables of a SQL store, as the migrations create them. Times are in seconds since the epoch. */
export interface Schema {
  latchkey_applied_migration: AppliedMigrationTable
  latchkey_account: AccountTable
  latchkey_counter: CounterTable
  latchkey_dpop_proof: DpopProofTable
  latchkey_identity: IdentityTable
  latchkey_record: RecordTable
  latchkey_refresh_family: RefreshFamilyTable
  latchkey_refresh_token: RefreshTokenTable
  latchkey_revocation: RevocationTable
  latchkey_session: SessionTable
  latchkey_signing_key: SigningKeyTable
  latchkey_throttle: ThrottleTable
  latchkey_upstream_token: UpstreamTokenTable
}

interface AppliedMigrationTable {
  name: string
}

interface AccountTable {
  id: string
  name: string | null
  email: string | null
  picture: string | null
  /** A JSON array. */
  permissions: string
  /** 0 or 1. */
  disabled: number
  created_at: number
  /** `null` if the account has no password. */
  password_hash: ColumnType<string | null, string | null | undefined, string | null>
}

interface CounterTable {
  name: 'revocations' | 'signing keys'
  value: number
}

interface DpopProofTable {
  key: string
  expires_at: number
}

interface IdentityTable {
  provider: string
  subject: string
  account_id: string
}

interface RecordTable {
  kind: string
  id: string
  owner: string | null
  content: string
  version: string
  expires_at: number
}

interface RefreshFamilyTable {
  id: string
  client_id: string
  subject: string
  /** A JSON array. */
  scopes: string
  /** A JSON array. */
  resources: string
  authenticated_at: number
  expires_at: number
}

interface RefreshTokenTable {
  hash: string
  family_id: string
  expires_at: number
  used_at: number | null
  sealed_successor: string | null
}

interface RevocationTable {
  position: number
  kind: 'token' | 'family' | 'subject'
  id: string
  revoked_at: number
  expires_at: number
}

interface SessionTable {
  id: string
  subject: string
  created_at: number
  last_seen_at: number
  expires_at: number
  label: string | null
  upstream_issuer: string | null
  upstream_sid: string | null
}

interface SigningKeyTable {
  generation: number
  kid: string
  key: string
  active_from: number
  expires_at: number
}

interface ThrottleTable {
  key: string
  hits: number
  resets_at: number
}

interface UpstreamTokenTable {
  account_id: string
  provider: string
  sealed: string
  version: string
}
