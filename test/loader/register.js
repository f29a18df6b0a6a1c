// Loads modules for tests: `node --import=./test/loader/register.js`.
import { register } from 'node:module'

register('./hooks.js', import.meta.url)
