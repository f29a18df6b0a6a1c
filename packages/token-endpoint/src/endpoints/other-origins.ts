/** Whether the endpoints of a context are open to scripts of other origins. Closed at first. */
export interface OtherOrigins {
  readonly isOpen: () => boolean
  readonly open: () => void
  /** Calls a function when the endpoints are opened. Does not call it if they are open already. */
  readonly whenOpen: (opened: () => void) => void
}

export function otherOrigins(): OtherOrigins {
  let isOpen = false
  const waiting: (() => void)[] = []
  return {
    isOpen: () => isOpen,
    open() {
      isOpen = true
      for (const opened of waiting.splice(0)) opened()
    },
    whenOpen: (opened) => void waiting.push(opened)
  }
}
