import { StoreSetupError, StoreUnavailableError } from '../errors.ts'
import { FILE_GONE } from './sqlite-program.ts'

/** A row with this key exists already. */
class TakenError extends Error {
  override readonly name: string = 'TakenError'

  constructor() {
    super('Something with this identifier is stored already')
  }
}

/** A transaction conflicted with another one. It may be repeated after it was rolled back. */
export class LostTransactionError extends StoreUnavailableError {}

/** Another process is writing to the file. The statement did nothing, and may be repeated. */
export class BusyError extends StoreUnavailableError {}

/** A table does not exist. */
export class MissingTableError extends StoreUnavailableError {}

const TAKEN = new Set(['23505', 'ER_DUP_ENTRY', 'SQLITE_CONSTRAINT_PRIMARYKEY', 'SQLITE_CONSTRAINT_UNIQUE'])
const LOST = new Set(['40001', '40P01', 'ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT'])
const MISSING = new Set(['42P01', 'ER_NO_SUCH_TABLE'])

/** Converts a driver's error to a store error. Keeps only the driver's error code. */
export function failure(error: unknown): Error {
  if (error instanceof StoreUnavailableError || error instanceof StoreSetupError) return error
  const { code, name, message } = error as Error & { code?: string } // drivers throw only errors
  const reason = code ?? name
  if (TAKEN.has(reason)) return new TakenError()
  if (LOST.has(reason)) return new LostTransactionError(reason)
  if (reason.startsWith('SQLITE_BUSY')) return new BusyError(reason)
  if (reason === FILE_GONE) {
    return new StoreUnavailableError('its file was deleted, moved or replaced: put it back, or restart this process')
  }
  return MISSING.has(reason) || message.startsWith('no such table')
    ? new MissingTableError('its tables are missing: call store.migrate()')
    : new StoreUnavailableError(reason)
}

/** Whether an insertion succeeds. `false` if its key is taken. */
export async function isInserted(insertion: Promise<unknown>): Promise<boolean> {
  try {
    await insertion
    return true
  } catch (error) {
    if (error instanceof TakenError) return false
    throw error
  }
}
