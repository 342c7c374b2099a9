// Entry point of the speaker.
import { countWrites } from '#platform/api-metrics.ts';
import { untilAlone } from '#platform/beside.ts';
import { openCluster } from '#platform/cluster.ts';
import { runProgram } from '#platform/program.ts';
import { readSettings } from './settings.ts';
import { runSpeaker } from './speaker.ts';

runProgram('speaker', async (program) => {
  const settings = readSettings(process.env);
  const { namespace, metricsPort: port } = settings;
  const cluster = openCluster({ onWrite: countWrites(program.metrics) });
  if (await untilAlone({ program, cluster, namespace, port })) await runSpeaker(program, settings, cluster);
});
