// Lets Node import TypeScript in the processes of tests: `node --import=./test/typescript/register.js`. tap's own way compiles
// each file anew in each process, which takes seconds. tsx writes each file as one line, in which coverage finds no lines.
import { register } from 'node:module'

register('./hooks.js', import.meta.url)
