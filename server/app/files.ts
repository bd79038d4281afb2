/** The files that settings name, read before anything listens. */
import { X509Certificate } from 'node:crypto';
import { BanStore } from '../admin/ban-store.ts';
import { readAdminToken } from '../admin/guard.ts';
import { doubtsAbout, readCertificate } from '../admission/certificate.ts';
import { ConfigError, type Config } from '../config/config.ts';
import { readEngineCredentials } from '../config/engine-credentials.ts';
import { readFor, readSecret } from '../config/named-file.ts';
import { readBytes } from '../config/text-file.ts';

/**
 * Reads what a start would read, so that `--print-config` finds the same faults. Throws one ConfigError for them all; returns
 * what a start would only warn of.
 */
export async function checkFiles(config: Config): Promise<readonly string[]> {
  const { adminPort, tlsCert, tlsKey, stateFile, cluster } = config;
  const problems: string[] = [];
  const doubts: string[] = [];
  for (const read of [
    () => adminPort !== null && readAdminToken(config),
    () => cluster !== null && readClusterFiles(config),
    () =>
      tlsCert !== null && tlsKey !== null && doubts.push(...doubtsAbout(readCertificate(tlsCert, tlsKey))),
    () => stateFile !== null && BanStore.check(stateFile),
  ])
    try {
      await read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  if (problems.length > 0) throw new ConfigError(...problems);
  return doubts;
}

/** Checks the files by which a gateway becomes one of several; returns the secret of its room. Throws a ConfigError. */
export function readClusterFiles(config: Config): string {
  const { clusterSecretFile, clusterCa, clusterCredentialsFile } = config;
  const more = '; make one by: openssl rand -hex 32';
  // Without this file the settings are a conflict.
  const secret = readSecret('--cluster-secret-file', clusterSecretFile!, more);
  if (clusterCa !== null) readFor('--cluster-ca', clusterCa, (file) => new X509Certificate(readBytes(file)));
  if (clusterCredentialsFile !== null)
    readFor('--cluster-credentials-file', clusterCredentialsFile, readEngineCredentials);
  readEngineCertificate(config);
  return secret;
}

/** Reads the certificate by which the engine knows this gateway; null for none. Throws a ConfigError. */
export function readEngineCertificate({
  clusterCert,
  clusterKey,
}: Config): { readonly cert: string; readonly key: string } | null {
  if (clusterCert === null || clusterKey === null) return null;
  const { cert, key } = readCertificate(clusterCert, clusterKey, '--cluster-cert and --cluster-key').options;
  return { cert: cert.toString(), key: key.toString() };
}
