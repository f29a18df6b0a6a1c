import { isClientSubject } from '../clients/subject.ts'

/**
 * Whether a user is still active. Only `true` means active. Throws guard's `UnavailableError`, for the answer 503, when this
 * cannot be found out now.
 */
export type SubjectIsActive = (subject: string) => boolean | Promise<boolean>

/** Wraps the option `subjectIsActive`. Without it, every user is active. Clients that act for themselves are always active. */
export function activeSubjects(given: SubjectIsActive | undefined): (subject: string) => Promise<boolean> {
  if (given === undefined) return async () => true
  return async (subject) => {
    if (isClientSubject(subject)) return true
    const answer: unknown = await given(subject)
    return answer === true
  }
}
