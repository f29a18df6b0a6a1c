// Lets Node import TypeScript in tests: `node --import=./test/typescript/register.js`. ts-node, the loader of tap, takes seconds
// in each process. tsx writes a file as one line, in which coverage finds no lines.
import { register } from 'node:module'

// Node 22.18 and later read TypeScript themselves.
if (!process.features.typescript) register('./hooks.js', import.meta.url)
