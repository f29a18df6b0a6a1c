import path from 'node:path'

/** The program of the inspecting process. It lies beside this file, in the sources and in the build. */
export const INSPECTOR: URL = new URL(`./inspector${path.extname(import.meta.url)}`, import.meta.url)
