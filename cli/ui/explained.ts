// What the page shows of one Service when it is asked to: what `explain` says, from the cluster as the page shows it.
import type { Cluster } from '#platform/cluster.ts';
import { readEvidence } from '../evidence.ts';
import { explainService } from '../explain.ts';
import { failureText, unlessBug } from '../failure.ts';
import { type ExplanationView, viewExplanation } from '../print-explain.ts';
import type { Snapshot } from '../snapshot.ts';

/** One sentence where there is no explanation. */
export type Explained = ExplanationView | { readonly failure: string };

export async function readExplained(cluster: Cluster, snapshot: Snapshot, key: string): Promise<Explained> {
  const service = snapshot.services.find((one) => one.key === key);
  if (!service) return { failure: `There is no Service ${key} any more` };
  const explained = readEvidence(cluster, snapshot, service).then(
    (evidence): Explained => viewExplanation(explainService(snapshot, service, evidence)),
  );
  return await explained.catch(unlessBug((error) => ({ failure: failureText(error) })));
}
