// Lets Node import TypeScript in tests: `node --import=./test/typescript/register.js`. ts-node, the loader of tap, takes seconds
// in each process. tsx writes a file as one line, in which coverage finds no lines.
import { register } from 'node:module'

register('./hooks.js', import.meta.url)
