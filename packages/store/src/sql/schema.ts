import type { ColumnType } from 'kysely'

/** The tables of a SQL store, as the migrations create them. Times are in seconds since the epoch. */
export interface Schema {
  latchkey_applied_migration: {
    name: string
  }
  latchkey_account: {
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
  latchkey_counter: {
    name: 'revocations' | 'signing keys'
    value: number
  }
  latchkey_dpop_proof: {
    key: string
    expires_at: number
  }
  latchkey_identity: {
    provider: string
    subject: string
    account_id: string
  }
  latchkey_record: {
    kind: string
    id: string
    owner: string | null
    content: string
    version: string
    expires_at: number
  }
  latchkey_refresh_family: {
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
  latchkey_refresh_token: {
    hash: string
    family_id: string
    expires_at: number
    used_at: number | null
    sealed_successor: string | null
  }
  latchkey_revocation: {
    position: number
    kind: 'token' | 'family' | 'subject'
    id: string
    revoked_at: number
    expires_at: number
  }
  latchkey_session: {
    id: string
    subject: string
    created_at: number
    last_seen_at: number
    expires_at: number
    label: string | null
    upstream_issuer: string | null
    upstream_sid: string | null
  }
  latchkey_signing_key: {
    generation: number
    kid: string
    key: string
    active_from: number
    expires_at: number
  }
  latchkey_throttle: {
    key: string
    hits: number
    resets_at: number
  }
  latchkey_upstream_token: {
    account_id: string
    provider: string
    sealed: string
    version: string
  }
}
