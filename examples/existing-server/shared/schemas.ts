import { Type } from 'typebox'

const Text = Type.String({ minLength: 1, maxLength: 255 })
const Id = Type.Integer({ minimum: 1 })

/** The body of a login. */
export const Credentials = Type.Object({ email: Text, password: Text })

/** The body of a change of password. */
export const NewPassword = Type.Object({
  currentPassword: Text,
  newPassword: Type.String({ minLength: 15, maxLength: 255 })
})

/** The parameters of a route of one task. */
export const TaskParams = Type.Object({ id: Id })

/** The body of a new task. */
export const NewTask = Type.Object({ name: Text })

/** The body of an assignment. */
export const Assignment = Type.Object({ userId: Id })
