import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const top = fileURLToPath(new URL('..', import.meta.url));

interface Import {
  readonly file: string;
  /** Path from the top for a file of the project, else `package name` or `node:…`. */
  readonly target: string;
}

/** Lists every import of the TypeScript files of a folder, types, re-exports and dynamic imports included. */
function importsOf(folder: string): Import[] {
  return readdirSync(top + folder, { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name.replaceAll(sep, '/')))
    .filter((file) => /\.tsx?$/.test(file) && !/\/(dist|node_modules)\//.test(file))
    .flatMap((file) => specifiersIn(file).map((specifier) => ({ file, target: targetOf(file, specifier) })));
}

function specifiersIn(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(top + file, 'utf8'), ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier) found.push(ts.isStringLiteralLike(specifier) ? specifier.text : '(computed)');
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node))
    return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument;
  const isDynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  return isDynamic ? node.arguments[0] : undefined;
}

function targetOf(file: string, specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  if (!specifier.startsWith('.')) return `package ${specifier}`;
  return posix.join(dirname(file), specifier);
}

/** Groups of nodes that reach each other (Tarjan's strongly connected components of more than one node). */
function circles(arrows: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const order = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): number => {
    let low = order.size;
    const own = low;
    order.set(node, own);
    stack.push(node);
    for (const next of arrows.get(node) ?? [])
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (stack.includes(next)) low = Math.min(low, order.get(next)!);
    if (low === own) {
      const group = stack.splice(stack.indexOf(node));
      if (group.length > 1) found.push(group.sort());
    }
    return low;
  };
  for (const node of arrows.keys()) if (!order.has(node)) visit(node);
  return found;
}

/** Maps the imports between project files to arrows from one name to another. */
function arrowsOf(imports: readonly Import[], nameOf: (file: string) => string): Map<string, Set<string>> {
  const arrows = new Map<string, Set<string>>();
  for (const { file, target } of imports) {
    const [from, to] = [nameOf(file), nameOf(target)];
    if (/^(package |node:)/.test(target) || from === to) continue;
    arrows.set(from, (arrows.get(from) ?? new Set()).add(to));
  }
  return arrows;
}

/** Lists the imports that none of the allowed prefixes covers, as `file → target`. */
function strays(imports: readonly Import[], ...allowed: string[]): string[] {
  return imports
    .filter(({ target }) => !allowed.some((beginning) => target.startsWith(beginning)))
    .map(({ file, target }) => `${file} → ${target}`);
}

describe('the arrows of the design', () => {
  it('are read from imports that are there', () => {
    const counts = ['shared', 'server', 'server/chat', 'web'].map((folder) => importsOf(folder).length);
    expect(Math.min(...counts)).toBeGreaterThan(5);
    expect(importsOf('web').map(({ target }) => target)).toContain('package preact');
  });

  it('shared/ imports nothing but itself: no package, no Node', () => {
    expect(strays(importsOf('shared'), 'shared/')).toEqual([]);
  });

  it('server/ imports only itself, shared/, packages and Node', () => {
    expect(strays(importsOf('server'), 'server/', 'shared/', 'package ', 'node:')).toEqual([]);
  });

  it('server/chat/ imports only itself and shared/: no socket, no Fastify, no logger', () => {
    expect(strays(importsOf('server/chat'), 'server/chat/', 'shared/')).toEqual([]);
  });

  it('server/chat, resume and admission know no cluster, and the rules of one know no engine', () => {
    const rest = ['chat', 'resume', 'admission', 'http', 'admin', 'metrics', 'transport'];
    const arrows = rest.flatMap((folder) => importsOf(`server/${folder}`));
    expect(arrows.filter(({ target }) => target.startsWith('server/cluster/'))).toEqual([]);
    const rules = importsOf('server/cluster').filter(({ file }) => dirname(file) === 'server/cluster');
    expect(rules.length).toBeGreaterThan(20);
    expect(strays(rules, 'server/cluster/', 'server/chat/', 'shared/', 'node:crypto')).toEqual([]);
    expect(rules.filter(({ target }) => target.startsWith('server/cluster/jetstream/'))).toEqual([]);
  });

  it('NATS is known to server/cluster/jetstream alone, and all of a cluster is loaded by one import, when it is asked for', () => {
    const imports = importsOf('server');
    const nats = imports.filter(({ target }) => target.startsWith('package @nats-io'));
    expect(new Set(nats.map(({ file }) => dirname(file)))).toEqual(new Set(['server/cluster/jetstream']));
    const users = imports.filter(
      ({ file, target }) => target.startsWith('server/cluster/') && !file.startsWith('server/cluster/'),
    );
    expect(new Set(users.map(({ file }) => file))).toEqual(
      new Set(['server/app/cluster.ts', 'server/app/cluster-operator.ts']),
    );
    const operator = imports.filter(({ target }) => target === 'server/app/cluster-operator.ts');
    expect(new Set(operator.map(({ file }) => file))).toEqual(new Set(['server/app/cluster.ts']));
    expect(imports.filter(({ target }) => target === 'server/app/cluster.ts')).toEqual([
      { file: 'server/app/gateway.ts', target: 'server/app/cluster.ts' },
      { file: 'server/app/gateway.ts', target: 'server/app/cluster.ts' },
    ]);
    const source = readFileSync(`${top}server/app/gateway.ts`, 'utf8');
    expect(source).toContain("await import('./cluster.ts')");
    expect(source).toMatch(/import type \{[^}]*\} from '.\/cluster.ts'/);
  });

  it('web/ imports only itself, shared/, Preact and the QR code; what builds it may use Node and other packages', () => {
    const imports = importsOf('web');
    const builds = ({ file }: Import) => /^web\/([^/]+\.config|ensure-built|dev)\.ts$/.test(file);
    expect(
      strays(
        imports.filter((it) => !builds(it)),
        'web/',
        'shared/',
        'package preact',
        'package lean-qr',
      ),
    ).toEqual([]);
    expect(strays(imports.filter(builds), 'web/', 'shared/', 'package ', 'node:')).toEqual([]);
  });
});

describe('the arrows inside web/', () => {
  /** Folders of web/, and what each may import besides itself and shared/. */
  it.each([
    ['net', []],
    ['text', []],
    ['i18n', ['net']],
    ['state', ['i18n', 'net', 'text']],
    ['selectors', ['i18n', 'state', 'text']],
    ['platform', ['i18n', 'net', 'selectors', 'state']],
    ['components', ['i18n', 'net', 'platform', 'selectors', 'state', 'text']],
    ['app', ['components', 'i18n', 'net', 'platform', 'state', 'styles']],
  ])('%s/ imports only %j', (folder, below) => {
    const imports = importsOf(`web/${folder}`);
    expect(imports.length).toBeGreaterThan(0);
    const allowed = [folder, ...below].map((name) => `web/${name}/`);
    const packages = ['package preact', ...(folder === 'components' ? ['package lean-qr'] : [])];
    expect(strays(imports, ...allowed, 'shared/', ...packages)).toEqual([]);
  });

  it('each lazy.ts of a folder is imported by app/lazy.ts, and by no other folder', () => {
    const lazy = readdirSync(`${top}web/components`)
      .map((folder) => `web/components/${folder}/lazy.ts`)
      .filter((file) => existsSync(top + file));
    const imports = importsOf('web');
    const importers = lazy.map((file) => [
      file,
      imports.filter((it) => it.target === file && dirname(it.file) !== dirname(file)).map((it) => it.file),
    ]);
    expect(lazy.length).toBeGreaterThan(0);
    expect(importers).toEqual(lazy.map((file) => [file, ['web/app/lazy.ts']]));
  });
});

it('nothing in web/ writes HTML: a text of somebody can become no element', () => {
  const writers =
    /innerHTML|dangerouslySet|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|srcdoc/;
  const files = [...new Set(importsOf('web').map(({ file }) => file))];
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => writers.test(readFileSync(top + file, 'utf8')))).toEqual([]);
  expect(writers.test('<p dangerouslySetInnerHTML={{ __html: text }} />')).toBe(true);
});

describe.each(['server', 'shared', 'web'])('%s/ has no circle', (folder) => {
  const imports = importsOf(folder);

  it('of files', () => {
    expect(circles(arrowsOf(imports, (file) => file))).toEqual([]);
  });

  it('of folders', () => {
    expect(circles(arrowsOf(imports, dirname))).toEqual([]);
  });
});

it('a circle would be found', () => {
  const arrows = (...pairs: [string, string][]) =>
    arrowsOf(
      pairs.map(([file, target]) => ({ file, target })),
      (file) => file,
    );
  expect(circles(arrows(['a', 'b'], ['b', 'c'], ['c', 'b'], ['c', 'd'], ['a', 'd']))).toEqual([['b', 'c']]);
  expect(circles(arrows(['a', 'b'], ['a', 'c'], ['b', 'c']))).toEqual([]);
});
