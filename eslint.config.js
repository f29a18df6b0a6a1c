import eslint from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import { configs } from 'typescript-eslint'

// A package is known by its public entry points alone, and a relative import names the file that it means.
const publicEntryPoints = [
  { regex: '^@latchkey/[^/]+/(?:src|dist|test)(?:/|$)', message: 'Import a package by its public entry point.' },
  { regex: '^(?:\\.\\./)+packages/', message: 'Import a package by its name.' }
]
const spelledOut = {
  regex: '^\\.{1,2}/(?!.*\\.(?:ts|js|json)$)',
  message: 'Relative imports end in the name of a file.'
}
const ownName = { regex: '^(?:\\.\\./)+(?:src|dist)(?:/|$)', message: 'Tests import their own package by its name.' }

export default defineConfig(
  globalIgnores(['**/dist/', '**/.tap/', '**/.artifacts/']),
  eslint.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-restricted-imports': ['error', { patterns: [...publicEntryPoints, spelledOut] }]
    }
  },
  {
    files: ['**/*.js'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', performance: 'readonly' } }
  },
  {
    files: ['**/*.ts'],
    extends: [configs.strictTypeChecked, configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Fastify takes a function for a plugin, hook or handler that throws safely by its being async, awaits or not.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }
      ],
      '@typescript-eslint/no-empty-function': 'off',
      // What an application declares by merging is empty, or unknown, until it does.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'always' }],
      '@typescript-eslint/no-redundant-type-constituents': 'off',
      // Its fix is the assertion that no-non-null-assertion forbids.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error'
    }
  },
  {
    // Type tests are a project of their own: what they merge into a type must not reach the other tests.
    files: ['**/*.tst.ts'],
    languageOptions: { parserOptions: { projectService: false, project: './tsconfig.types.json' } },
    // A type test names a method and never calls it.
    rules: { '@typescript-eslint/unbound-method': 'off' }
  },
  {
    files: ['packages/*/src/**'],
    rules: { 'no-console': 'error' }
  },
  {
    files: ['packages/*/{test,types}/**', 'test/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [...publicEntryPoints, spelledOut, ownName] }],
      // tap queues and reports a subtest by itself, whether or not its promise is awaited.
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafePromises: [{ from: 'package', package: '@tapjs/core', name: 'PromiseWithSubtest' }] }
      ],
      // The body of an injected response is `any`, and a wrong step into it fails the test.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // What a test takes out of a fixture are functions, and tap and Fastify wait for what a callback returns.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      // Discouraged options are tested too.
      '@typescript-eslint/no-deprecated': 'off'
    }
  }
)
