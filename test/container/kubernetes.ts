/** Runs the Deployment of the Kubernetes manifest by Podman, which knows most of it; probes are asked by hand. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IMAGE, TOP } from './build.ts';
import { until } from './command.ts';
import { CACHE, Container, type Engine } from './engine.ts';
import type { Report } from './report.ts';

export async function checkKubernetes(engine: Engine, report: Report): Promise<void> {
  if (!engine.isPodman) {
    console.log('  (kubernetes.yaml not run: that takes Podman)');
    return;
  }
  const manifest = readFileSync(join(TOP, 'server/deploy/kubernetes.yaml'), 'utf8');
  const name = `chaton-test-${process.pid}-kube`;
  const file = join(CACHE, `${name}.yaml`);
  const own = manifest
    .replace(/image: chaton-gateway$/m, `image: localhost/${IMAGE}`)
    .replaceAll(/name: chaton-gateway$/gm, `name: ${name}`);
  writeFileSync(file, own);
  const title = '12: the Kubernetes manifest runs it as a user that is no root, and its probes are answered';
  await report.check(title, async () => {
    try {
      await engine.run(['kube', 'play', file]);
      await checkPod(new Container(engine, `${name}-pod-0-gateway`), manifest);
    } finally {
      await engine.attempt(['kube', 'down', file]);
      rmSync(file);
    }
  });
}

async function checkPod(pod: Container, manifest: string): Promise<void> {
  const probes = [...manifest.matchAll(/^ +(\w+)Probe:\n +httpGet: \{ path: (\S+), port: web \}$/gm)];
  assert.deepEqual(
    probes.map(([, kind, path]) => `${kind} ${path}`),
    ['startup /healthz', 'liveness /healthz', 'readiness /readyz'],
  );
  for (const [, , path] of probes) {
    const asked = `fetch("http://127.0.0.1:8080${path}").then(({ status }) => console.log(status), () => {})`;
    await until(`${path} is 200`, async () => (await pod.exec('node', '-e', asked)).stdout.trim() === '200');
  }
  assert.equal(await pod.inspect('.Config.User'), '1000:1000');
  assert.equal(await pod.inspect('.HostConfig.ReadonlyRootfs'), 'true');
  assert.equal(await pod.inspect('.EffectiveCaps'), '[]');
  assert.match(await pod.inspect('.HostConfig.SecurityOpt'), /no-new-privileges/);
  assert.equal(await pod.inspect('.HostConfig.Memory'), String(256 * 2 ** 20));
  // The time to stop that it is told fits its drain: else it would warn.
  assert.doesNotMatch(await pod.log(), /"level":[45]0/);
}
