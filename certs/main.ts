// One-shot: makes or renews the webhook's certificates and exits. The webhook does the same by itself.

import { openCluster } from '#platform/cluster.ts';
import { requireEnv, runProgram } from '#platform/program.ts';
import { ensureCertificates } from './secret.ts';

runProgram('certs', async ({ log }) => {
  await ensureCertificates({
    cluster: openCluster(),
    namespace: requireEnv('POD_NAMESPACE'),
    now: () => new Date(),
    onRenewed: ({ decision, reason }) => log.info({ decision, reason }, 'certificates renewed'),
  });
});
