import { isClientSubject } from '../clients/subject.ts'

/**
 * Whether a user may still be served: only `true` says so. When that cannot be known now it throws guard's
 * `UnavailableError`, for the answer 503.
 */
export type SubjectIsActive = (subject: string) => boolean | Promise<boolean>

/** The application's word on its users, or everybody without one. It is not asked about clients that act for themselves. */
export function activeSubjects(given: SubjectIsActive | undefined): (subject: string) => Promise<boolean> {
  if (given === undefined) return async () => true
  return async (subject) => {
    if (isClientSubject(subject)) return true
    const answer: unknown = await given(subject)
    return answer === true
  }
}
