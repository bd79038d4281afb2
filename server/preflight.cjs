'use strict';
/*
 * Checks whether this can run here at all, before anything else is loaded. Any Node since 12 reads this file (plain
 * CommonJS, and no newer syntax), because whoever has the wrong Node has to be told so by something. The problem is
 * said in one sentence that tells what to do, and the exit code is 2.
 *
 * `node server/preflight.cjs` checks what the gateway needs, `node server/preflight.cjs all` what its tests and its
 * page are made with as well.
 */
const { fstatSync, readFileSync, statSync } = require('fs');
const { join } = require('path');

const top = join(__dirname, '..');

/** Problem, in one sentence; null when there is none. */
function findProblem(scope) {
  try {
    return noFolder() || wrongNode() || missingPackage(scope);
  } catch (error) {
    return unreadable(error);
  }
}

/** A file of the installation that is there and cannot be read: installed with a strict umask, or cut off by a full disk. */
function unreadable(error) {
  const why = String(error.message).split('\n')[0];
  if (error.code !== 'EACCES') return 'the installation cannot be read, mend it or make it anew: ' + why;
  const user = process.getuid ? process.getuid() : 'of this process';
  return 'user ' + user + ' may not read the installation (as root: chmod -R a+rX ' + top + '): ' + why;
}

/** Packages ask for the working directory while they are loaded. */
function noFolder() {
  try {
    process.cwd();
    return null;
  } catch {
    return 'the working directory is gone, or may not be read: start this in another';
  }
}

/**
 * The versions that run all of this as it is are those of `engines` in package.json, which npm looks at as well. Others
 * strip types, too (from 22.18 on), but with them a private connection whose one side is held back and reset stays (D21).
 */
function wrongNode() {
  const clauses = readJson(join(top, 'package.json')).engines.node.split(' || ');
  if (clauses.some((clause) => satisfies(process.versions.node, clause))) return null;
  const told =
    'this is Node ' + process.versions.node + ', and ' + clauses.map(inWords).join(' or ') + ' is needed: ';
  const brought = ['node', 'node.exe'].some((name) => isThere(join(top, 'node_modules/node/bin', name)));
  return brought
    ? told + 'use npm start and npm run, which run the Node that npm ci brought (node_modules/.bin/node)'
    : told + 'run npm ci, without --omit=dev or --ignore-scripts, which brings it, and then npm start';
}

/** Tells whether a version is one of `^24.17.0` (this or a later one of 24) or of `>=26.0.0`: no other form is used. */
function satisfies(version, clause) {
  const has = version.split('.').map(Number);
  const first = clause.match(/\d+/g).map(Number);
  if (clause[0] === '^' && has[0] !== first[0]) return false;
  const differs = [0, 1, 2].find((at) => has[at] !== first[at]);
  return differs === undefined || has[differs] > first[differs];
}

function inWords(clause) {
  const [major, minor] = clause.match(/\d+/g);
  return clause[0] === '^' ? major + ' from ' + major + '.' + minor + ' on' : major + ' or later';
}

/** The first package that is not there, or is not of the version that belongs to these sources. */
function missingPackage(scope) {
  const manifest = readJson(join(top, 'package.json'));
  const lists = scope === 'all' ? [manifest.dependencies, manifest.devDependencies] : [manifest.dependencies];
  const wanted = Object.assign.apply(null, [{}].concat(lists));
  if (!isThere(join(top, 'node_modules'))) return 'nothing is installed yet: run npm ci';
  for (const name of Object.keys(wanted)) {
    const version = installedVersion(name);
    if (version === null) return missing(name);
    if (version !== wanted[name].split('@').pop())
      return 'the package ' + name + ' is of another version than these sources need: run npm ci';
  }
  const nested = lockedPaths(scope).find((path) => !isThere(join(top, path, 'package.json')));
  return nested === undefined ? null : missing(nested.split('node_modules/').pop());
}

function missing(name) {
  return 'the package ' + name + ' is not installed: run npm ci, without leaving anything out';
}

/** Unlike existsSync, does not take what may not be looked at for missing. */
function isThere(path) {
  try {
    statSync(path);
    return true;
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false;
    throw error;
  }
}

/** Version of an installed package; null when it is not there. */
function installedVersion(name) {
  const manifest = join(top, 'node_modules', name, 'package.json');
  return isThere(manifest) ? readJson(manifest).version : null;
}

/** Paths in the lock of what those packages need in turn; none where there is no lock, as in the image. */
function lockedPaths(scope) {
  const lock = join(top, 'package-lock.json');
  if (!isThere(lock)) return [];
  const { packages } = readJson(lock);
  return Object.keys(packages).filter((path) => {
    const { optional, devOptional, dev } = packages[path];
    return path !== '' && !optional && (scope === 'all' || (!dev && !devOptional));
  });
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Says what is wrong, and ends the process. */
function refuse(sentence) {
  // The journal's prefix for an error (server/log/journal.ts).
  console.error((isJournal() ? '<3>' : '') + 'chaton: ' + sentence);
  process.exit(2);
}

function isJournal() {
  try {
    const stats = fstatSync(2);
    return process.env.JOURNAL_STREAM === stats.dev + ':' + stats.ino;
  } catch {
    return false;
  }
}

/** Ends the process with one sentence when something is wrong that can be seen beforehand. */
function preflight(scope) {
  const problem = findProblem(scope);
  if (problem !== null) refuse(problem);
}

/** For `import(…).catch`: a package that is not there, or not to be read, is told in the same way; anything else is a fault of ours. */
function explain(error) {
  if (error && error.code === 'EACCES') refuse(unreadable(error));
  const isMissing = error && (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND');
  if (!isMissing) throw error;
  refuse('the installation is incomplete, run npm ci: ' + String(error.message).split('\n')[0]);
}

module.exports = { preflight, explain };

if (require.main === module) preflight(process.argv[2]);
