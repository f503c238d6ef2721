/** Imports run one way: machine, then services, then the agent, then the commands. */
const from = (path) => ({ path: `^src/${path}` });
const only = (name, room, ...allowed) => ({
  name,
  severity: 'error',
  from: from(room),
  to: { path: '^src/', pathNot: [room, ...allowed].map((path) => `^src/${path}`) },
});

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: {},
      // An optional peer is installed for development too.
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], dependencyTypesNot: ['npm-peer'] },
    },
    only('machine-alone', 'machine/'),
    only('config', 'config\\.ts', 'errors\\.ts'),
    only('protocol', 'protocol/', 'machine/types\\.ts'),
    ...['model', 'validator', 'shell', 'box'].map((service) =>
      only(
        `service-${service}`,
        `services/${service}/`,
        'protocol/',
        'machine/types\\.ts',
        'errors\\.ts',
        'services/box/',
      ),
    ),
    only('journal', 'journal/', 'machine/', 'protocol/', 'errors\\.ts'),
    only(
      'inspector',
      'inspector/',
      'machine/',
      'journal/',
      'protocol/',
      'terminal/style\\.ts',
      'terminal/reasons\\.ts',
      'errors\\.ts',
    ),
    only(
      'testing',
      'testing/',
      'machine/',
      'protocol/',
      'clock\\.ts',
      'services/model/scripted\\.ts',
      'services/model/model\\.ts',
      'services/shell/shell\\.ts',
    ),
    only('terminal', 'terminal/', 'protocol/', 'machine/types\\.ts', 'errors\\.ts'),
    only(
      'agent',
      'agent',
      'config\\.ts',
      'errors\\.ts',
      'machine/',
      'protocol/',
      'services/',
      'journal/',
      'version\\.ts',
      'clock\\.ts',
    ),
    only(
      'fleet',
      'fleet/',
      'agent',
      'config\\.ts',
      'errors\\.ts',
      'machine/',
      'protocol/',
      'services/',
      'journal/',
      'clock\\.ts',
    ),
    {
      name: 'fleet-is-optional',
      severity: 'error',
      from: { pathNot: '^src/(fleet/|commands/fleet)' },
      to: { path: '^src/fleet/' },
    },
    { name: 'only-cli-imports-nothing-back', severity: 'error', from: {}, to: { path: '^src/cli\\.ts$' } },
    only('cli', 'cli\\.ts', 'commands/', 'config\\.ts', 'errors\\.ts', 'version\\.ts'),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
  },
};
