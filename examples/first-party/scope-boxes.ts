/** A checkbox for each scope, as HTML. They have no name: OAuth has each parameter once. */
export function scopeBoxes(scopes: Readonly<Record<string, string>>): string {
  const boxes = Object.entries(scopes).map(
    ([scope, description]) =>
      `<label><input type="checkbox" data-scope="${scope}"> <code>${scope}</code> ${description}</label>`
  )
  return boxes.join('\n    ')
}
