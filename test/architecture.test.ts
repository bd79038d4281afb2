import { readFileSync, readdirSync } from 'node:fs';
import { dirname, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const top = fileURLToPath(new URL('..', import.meta.url));

interface Import {
  readonly file: string;
  /** A path from the top for a file of the project, else `package name` or `node:…`. */
  readonly target: string;
}

/** Every import of the TypeScript files of a folder, types, re-exports and dynamic ones included. */
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

/** The imports that none of the allowed beginnings covers, as `file → target`. */
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

  it('web/ imports only itself, shared/ and Preact; what builds it may use Node and other packages', () => {
    const imports = importsOf('web');
    const builds = ({ file }: Import) => /^web\/([^/]+\.config|ensure-built|dev)\.ts$/.test(file);
    expect(
      strays(
        imports.filter((it) => !builds(it)),
        'web/',
        'shared/',
        'package preact',
      ),
    ).toEqual([]);
    expect(strays(imports.filter(builds), 'web/', 'shared/', 'package ', 'node:')).toEqual([]);
  });
});
