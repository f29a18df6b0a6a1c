/** The bytes of base64, with or without padding. passlib writes `.` in place of `+`. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text.replaceAll('.', '+'), 'base64')
}
