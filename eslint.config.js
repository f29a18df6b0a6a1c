import eslint from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import { configs } from 'typescript-eslint'

// A package is known by its public entry points alone, and a relative import names the file that it means.
const publicEntryPoints = [
  { regex: '^@latchkey/[^/]+/(?:src|dist|test)(?:/|$)', message: 'Import a package by its public entry point.' },
  { regex: '^(?:\\.\\./)+packages/', message: 'Import a package by its name.' }
]
const spelledOut = {
  regex: '^\\.{1,2}/(?!.*\\.(?:ts|js|json|css)$)',
  message: 'Relative imports end in the name of a file.'
}
const ownName = { regex: '^(?:\\.\\./)+(?:src|dist)(?:/|$)', message: 'Tests import their own package by its name.' }

// tap's own patterns pass too easily: a text matches any longer text, a list any longer list, and '1' is 1.
const loose = 'compares loosely: use like(), rejectsLike() or throwsLike() of @latchkey/exact.'
const looseComparisons = [
  {
    selector: 'CallExpression[callee.property.name="match"][arguments.1.type][arguments.1.regex=undefined]',
    message: `match() ${loose}`
  },
  {
    selector:
      'CallExpression[callee.property.name=/^(has|hasStrict|matchOnly|matchStrict|matchOnlyStrict)$/][arguments.length>1]',
    message: `This ${loose}`
  },
  {
    selector:
      'CallExpression[callee.property.name=/^(rejects|throws)$/][arguments.1.type=/^(ObjectExpression|NewExpression|TemplateLiteral|CallExpression|MemberExpression)$/]',
    message: `This ${loose}`
  },
  {
    selector:
      'CallExpression[callee.property.name=/^(rejects|throws)$/] > Identifier.arguments:nth-child(3)[name=/^[a-z]/]',
    message: `This ${loose}`
  }
]

export default defineConfig(
  globalIgnores(['**/dist/', '**/.tap/', '**/.artifacts/']),
  eslint.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-restricted-properties': [
        'error',
        {
          object: 'URL',
          property: 'canParse',
          message: 'On Node 20 it is wrong for letters such as ä. Use parseUrl of @latchkey/options.'
        }
      ],
      'no-restricted-imports': ['error', { patterns: [...publicEntryPoints, spelledOut] }]
    }
  },
  {
    files: ['**/*.js'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', performance: 'readonly', URL: 'readonly' } }
  },
  {
    files: ['examples/*/browser/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        ['document', 'fetch', 'history', 'location', 'sessionStorage', 'URL', 'URLSearchParams'].map((name) => [
          name,
          'readonly'
        ])
      )
    }
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
    rules: {
      'no-console': 'error',
      // The tags are for applications that set these options.
      '@typescript-eslint/no-deprecated': [
        'error',
        { allow: ['insecureAcceptMissingAudience', 'insecureTrustUnprovenLogin'] }
      ]
    }
  },
  {
    // Each provider passes on the application's insecureTrustUnprovenLogin, which `allow` does not cover in a literal.
    files: ['packages/login/src/providers/**'],
    rules: { '@typescript-eslint/no-deprecated': 'off' }
  },
  {
    files: ['packages/*/{test,types}/**', 'test/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [...publicEntryPoints, spelledOut, ownName] }],
      'no-restricted-syntax': ['error', ...looseComparisons],
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
