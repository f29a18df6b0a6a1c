import type { Account, AccountStore, Identity, Profile } from '../accounts.ts'
import { StoreFullError } from '../errors.ts'
import { forget } from './eviction.ts'

/** Accounts in memory: at most `limit` accounts and `limit` identities. A full store refuses new ones. */
export function memoryAccounts(limit: number): AccountStore {
  const accounts = new Map<string, Account>()
  const passwordHashes = new Map<string, string>()
  const owners = new Map<string, { readonly identity: Identity; readonly id: string }>()

  return Object.freeze({
    async findOrCreate(identity: Identity, account: Account) {
      const known = ownerOf(identity)
      if (known !== null) return { account: known, created: false }
      if (accounts.has(account.id)) throw new Error('An account with this identifier is stored already')
      if (accounts.size >= limit) throw new StoreFullError('accounts')
      own(account.id, identity)
      return { account: keep(account), created: true }
    },

    async find(id: string) {
      return accounts.get(id) ?? null
    },

    async findByIdentity(identity: Identity) {
      return ownerOf(identity)
    },

    async identities(id: string) {
      return [...owners.values()].filter((owner) => owner.id === id).map(({ identity }) => identity)
    },

    async link(id: string, identity: Identity) {
      if (!accounts.has(id)) return 'missing'
      const owner = owners.get(nameOf(identity))
      if (owner === undefined) own(id, identity)
      return owner === undefined || owner.id === id ? 'linked' : 'taken'
    },

    async unlink(id: string, identity: Identity) {
      return owners.get(nameOf(identity))?.id === id && owners.delete(nameOf(identity))
    },

    setProfile: async (id: string, profile: Profile) => change(id, { profile }),
    setPermissions: async (id: string, permissions: readonly string[]) => change(id, { permissions }),
    setDisabled: async (id: string, disabled: boolean) => change(id, { disabled }),

    async findPasswordHash(id: string) {
      return passwordHashes.get(id) ?? null
    },

    async setPasswordHash(id: string, passwordHash: string | null, current?: string | null) {
      if (!accounts.has(id)) return false
      if (current !== undefined && (passwordHashes.get(id) ?? null) !== current) return false
      if (passwordHash === null) passwordHashes.delete(id)
      else passwordHashes.set(id, passwordHash)
      return true
    },

    async remove(id: string) {
      forget(owners, (owner) => owner.id === id)
      passwordHashes.delete(id)
      return accounts.delete(id)
    }
  })

  function ownerOf(identity: Identity): Account | null {
    return accounts.get(owners.get(nameOf(identity))?.id ?? '') ?? null
  }

  function own(id: string, { provider, subject }: Identity): void {
    if (owners.size >= limit) throw new StoreFullError('identities')
    owners.set(nameOf({ provider, subject }), { identity: Object.freeze({ provider, subject }), id })
  }

  function change(id: string, changes: Partial<Account>): boolean {
    const account = accounts.get(id)
    if (account !== undefined) keep({ ...account, ...changes })
    return account !== undefined
  }

  function keep(account: Account): Account {
    const profile = Object.freeze({ ...account.profile })
    const permissions = Object.freeze([...new Set(account.permissions)])
    const kept = Object.freeze({ ...account, profile, permissions })
    accounts.set(account.id, kept)
    return kept
  }
}

function nameOf({ provider, subject }: Identity): string {
  return JSON.stringify([provider, subject])
}
